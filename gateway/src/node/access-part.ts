import type { ApiKeys } from "@fleetlog/identity";
import type { Bus, BusSubscription } from "@fleetlog/log";
import { ACCESS_ENDED } from "@fleetlog/protocol";
import type { Authenticators } from "../http/access/authenticate.ts";
import type { Feed } from "../live/endpoint.ts";
import type { NodePart } from "./parts.ts";

/** A process that ends access may crash before its message, or the message may be lost. */
const REVALIDATE_MS = 30_000;

/** Forgets cached access, and closes feeds without access, when access changes on any node. Looks at all feeds now and then. */
export function accessPart(
  bus: Bus,
  {
    personTokens,
    operatorSessions,
    apiKeys,
  }: Pick<Authenticators, "personTokens" | "operatorSessions"> & { readonly apiKeys: Pick<ApiKeys, "forget"> },
  feed: Pick<Feed, "revalidate">,
): NodePart {
  let subscription: BusSubscription | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    name: "access",
    start() {
      timer = setInterval(() => feed.revalidate(), REVALIDATE_MS).unref();
      subscription = bus.subscribe(ACCESS_ENDED, ({ data }) => {
        personTokens.forget();
        apiKeys.forget();
        operatorSessions.forget();
        feed.revalidate(String((data as { person?: unknown } | null)?.person));
      });
    },
    stop() {
      clearInterval(timer);
      subscription?.stop();
    },
  };
}
