import { partCaller, recordSuccessions } from "@fleetlog/fleet";
import type { BusSubscription } from "@fleetlog/log";
import { AUTHORITIES_CHANGED } from "@fleetlog/protocol";
import type { Core } from "../../node/core.ts";
import type { NodePart } from "../../node/parts.ts";
import type { Sessions } from "../sessions.ts";

/** Milliseconds between two checks, which find changes whose message was lost. */
const CHECK_MS = 10_000;

/**
 * Records changes of the installation's authority. They are read from the authority's store: if a gateway ends before
 * it has recorded a change, another gateway records it, or the next start does. When an authority was
 * withdrawn, the sessions of its certificates end.
 */
export function successionsPart(
  { fleet, backbone, logger }: Pick<Core, "fleet" | "backbone" | "logger">,
  sessions: Pick<Sessions, "revalidateCertified">,
): NodePart {
  let subscription: BusSubscription | undefined;
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> | undefined;
  let wanted = false;
  let seen = "[]";
  let recorded = seen;

  async function check(isChanged: boolean): Promise<void> {
    try {
      if (isChanged) await fleet.authority.refresh();
      const successions = await fleet.authority.successions();
      const found = JSON.stringify(successions);
      if (found !== seen) sessions.revalidateCertified("installation");
      seen = found;
      // The call that made the change records it now, with the caller's address.
      if (isChanged || found === recorded) return;
      await recordSuccessions(fleet, partCaller("authority"), successions);
      recorded = found;
    } catch (error) {
      logger.debug({ err: error }, "can't record a change of the authority; trying again");
    }
  }

  function run(): void {
    if (checking !== undefined) return;
    const isChanged = wanted;
    wanted = false;
    checking = check(isChanged).finally(() => {
      checking = undefined;
      if (wanted) run();
    });
  }

  return {
    name: "successions",
    start() {
      subscription = backbone.bus.subscribe(AUTHORITIES_CHANGED, () => {
        wanted = true;
        run();
      });
      run();
      timer = setInterval(run, CHECK_MS).unref();
    },
    async stop() {
      wanted = false;
      subscription?.stop();
      clearInterval(timer);
      await checking;
    },
  };
}
