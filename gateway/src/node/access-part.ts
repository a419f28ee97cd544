import type { ApiKeys } from "@fleetlog/identity";
import type { Bus, BusSubscription } from "@fleetlog/log";
import { ACCESS_ENDED } from "@fleetlog/protocol";
import type { Authenticators } from "../http/access/authenticate.ts";
import type { Feed } from "../live/endpoint.ts";
import type { NodePart } from "./parts.ts";

/** Forgets cached access, and closes feeds without access, when access changes on any node. */
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
  return {
    name: "access",
    start() {
      subscription = bus.subscribe(ACCESS_ENDED, ({ data }) => {
        personTokens.forget();
        apiKeys.forget();
        operatorSessions.forget();
        feed.revalidate(String((data as { person?: unknown } | null)?.person));
      });
    },
    stop: () => subscription?.stop(),
  };
}
