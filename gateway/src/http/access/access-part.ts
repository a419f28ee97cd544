import type { ApiKeys } from "@fleetlog/identity";
import type { Bus, BusSubscription } from "@fleetlog/log";
import { ACCESS_ENDED } from "@fleetlog/protocol";
import type { NodePart } from "../../node/parts.ts";
import type { Authenticators } from "./authenticate.ts";

/**
 * Milliseconds between two checks of all viewers. The checks are needed when the message about an end of access is
 * lost, or its sender crashed before.
 */
const REVALIDATE_MS = 30_000;

/** Feeds, replays and long answers: whatever a person sees for longer than one request. */
export interface Viewers {
  /** Ends whatever its viewer may no longer see. @param person default: all people */
  revalidate(person?: string): void;
}

/**
 * When access ends on any node, forgets cached access, and ends what the person may no longer see. Also checks all
 * viewers periodically.
 */
export function accessPart(
  bus: Bus,
  {
    personTokens,
    operatorSessions,
    apiKeys,
  }: Pick<Authenticators, "personTokens" | "operatorSessions"> & { readonly apiKeys: Pick<ApiKeys, "forget"> },
  viewers: readonly Viewers[],
): NodePart {
  const revalidate = (person?: string) => {
    for (const each of viewers) each.revalidate(person);
  };
  let subscription: BusSubscription | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    name: "access",
    start() {
      timer = setInterval(() => revalidate(), REVALIDATE_MS).unref();
      subscription = bus.subscribe(ACCESS_ENDED, ({ data }) => {
        personTokens.forget();
        apiKeys.forget();
        operatorSessions.forget();
        revalidate(String((data as { person?: unknown } | null)?.person));
      });
    },
    stop() {
      clearInterval(timer);
      subscription?.stop();
    },
  };
}
