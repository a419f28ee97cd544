import { finishChanges } from "@fleetlog/fleet";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";

const EVERY_MS = 5 * 60_000;

/** Completes changes of people's access that a crash or the log interrupted, on any node: at the start, then periodically. */
export function peoplePart({ fleet, logger }: Pick<Core, "fleet" | "logger">): NodePart {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function run(): void {
    running ??= finishChanges(fleet, logger)
      .catch((error: unknown) =>
        logger.info({ err: error }, "could not complete changes of people's access; trying again"),
      )
      .finally(() => {
        running = undefined;
      });
  }

  return {
    name: "people",
    start() {
      run();
      timer = setInterval(run, EVERY_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
