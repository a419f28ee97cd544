import { type ErrorCode, FleetError } from "@fleetlog/domain";
import { pauseAfter } from "@fleetlog/runtime";
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

/** How often a command is tried that fails for a reason of which nobody knows whether it passes. */
const TRIES = 4;
const LANES_AT_A_TIME = 32;
const PAUSES = { firstMs: 100, longestMs: 5_000, jitter: "none" } as const;

export interface Performing<Command> {
  readonly lane: (command: Command) => string;
  readonly perform: (command: Command, world: World) => Promise<void>;
}

/**
 * Performs them all, lanes side by side. What fails for a reason that passes is tried until it succeeds. What the
 * decider refuses, and what fails again and again, is logged and given up, so that one bad command doesn't stop the rest.
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
  for (let tried = 1; ; tried++) {
    const waitMs = pauseAfter(tried, PAUSES);
    signal.throwIfAborted();
    try {
      return await untilAborted(perform(command, world), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isWorthAnotherTry(error, tried)) {
        logger.error({ err: error, command }, "a reaction's command was given up");
        return;
      }
      logger.warn({ err: error, command, waitMs }, "a reaction's command is tried again");
    }
    await clock.sleep(waitMs, signal);
  }
}

function isWorthAnotherTry(error: unknown, tried: number): boolean {
  if (error instanceof FleetError && PASSING.has(error.code)) return true;
  const refused = error instanceof FleetError && error.code !== "internal";
  return !refused && tried < TRIES;
}
