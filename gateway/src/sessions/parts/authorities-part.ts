import type { BusSubscription } from "@fleetlog/log";
import { AUTHORITIES_CHANGED } from "@fleetlog/protocol";
import type { Core } from "../../node/core.ts";
import type { NodePart } from "../../node/parts.ts";

/** Milliseconds between two refreshes, which find changes whose message was lost. */
const REFRESH_MS = 10_000;

/** Keeps customers' authorities up to date, and ends sessions whose certificates do not count any more. @param holders of sessions */
export function authoritiesPart(
  { fleet, backbone, logger }: Pick<Core, "fleet" | "backbone" | "logger">,
  holders: readonly { revalidateCertified(by: "customer"): void }[],
): NodePart {
  let subscription: BusSubscription | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function refresh(always: boolean): Promise<void> {
    try {
      const changed = await fleet.authorities.refresh();
      if (changed || always) for (const holder of holders) holder.revalidateCertified("customer");
    } catch (error) {
      logger.debug({ err: error }, "can't read the customers' certificate authorities; trying again");
    }
  }

  return {
    name: "authorities",
    async start() {
      subscription = backbone.bus.subscribe(AUTHORITIES_CHANGED, () => void refresh(true));
      await fleet.authorities.refresh();
      timer = setInterval(() => void refresh(false), REFRESH_MS).unref();
    },
    stop() {
      subscription?.stop();
      clearInterval(timer);
    },
  };
}
