import { type ErrorCode, FleetError } from "@fleetlog/domain";
import type { World } from "../reaction.ts";
import { untilAborted } from "./abort.ts";

/** What passes by itself, so that the command is worth another try. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "conflict",
  "view-behind",
  "view-unavailable",
  "unavailable",
  "log-unavailable",
  "log-full",
  "rate-limited",
]);

const LANES_AT_A_TIME = 32;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

export interface Performing<Command> {
  readonly lane: (command: Command) => string;
  readonly perform: (command: Command, world: World) => Promise<void>;
}

/**
 * Performs them all, lanes side by side. What fails for a reason that passes is tried until it succeeds; what fails for
 * another is logged and given up, so that one bad command doesn't stop the rest.
 * Rejects with the abort's reason when the world's signal is aborted.
 */
export async function performAll<Command>(
  commands: readonly Command[],
  { lane, perform }: Performing<Command>,
  world: World,
): Promise<void> {
  const lanes = Map.groupBy(commands, lane).values();
  const worker = async () => {
    for (const inOrder of lanes) for (const command of inOrder) await persist(command, perform, world);
  };
  await Promise.all(Array.from({ length: LANES_AT_A_TIME }, worker));
}

async function persist<Command>(
  command: Command,
  perform: Performing<Command>["perform"],
  world: World,
): Promise<void> {
  const { signal, logger, clock } = world;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    signal.throwIfAborted();
    try {
      return await untilAborted(perform(command, world), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FleetError && PASSING.has(error.code))) {
        logger.error({ err: error, command }, "a reaction's command was given up");
        return;
      }
      logger.warn({ code: error.code, reason: error.message, command, waitMs }, "a reaction's command is tried again");
    }
    await clock.sleep(waitMs, signal);
  }
}
