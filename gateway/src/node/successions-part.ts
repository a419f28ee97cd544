import { partCaller, recordSuccessions } from "@fleetlog/fleet";
import type { Sessions } from "../sessions/index.ts";
import type { Core } from "./core.ts";
import type { NodePart } from "./parts.ts";

const CHECK_MS = 10_000;

/**
 * Records changes of the installation's authority. They are read from the authority's store: if a gateway ends before
 * it has recorded a change, another gateway records it, or the next start does. A change also ends sessions of an
 * authority that was withdrawn.
 */
export function successionsPart(
  { fleet, logger }: Pick<Core, "fleet" | "logger">,
  sessions: Pick<Sessions, "revalidateCertified">,
): NodePart {
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> | undefined;
  let seen = "[]";
  let recorded = seen;

  async function check(): Promise<void> {
    try {
      const successions = await fleet.authority.successions();
      const found = JSON.stringify(successions);
      if (found !== seen) sessions.revalidateCertified("installation");
      seen = found;
      if (found === recorded) return;
      await recordSuccessions(fleet, partCaller("authority"), successions);
      recorded = found;
    } catch (error) {
      logger.debug({ err: error }, "can't record a change of the authority; trying again");
    }
  }

  function run(): void {
    checking ??= check().finally(() => {
      checking = undefined;
    });
  }

  return {
    name: "successions",
    start() {
      run();
      timer = setInterval(run, CHECK_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      await checking;
    },
  };
}
