import { type ErrorCode, FleetError } from "@fleetlog/domain";
import { pauseAfter } from "@fleetlog/runtime";
import type { Context } from "../reaction.ts";
import { untilAborted } from "./abort.ts";

/** After these errors, a command is tried again without a limit. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set([
  "conflict",
  "view-behind",
  "view-unavailable",
  "unavailable",
  "log-unavailable",
  "log-full",
  "rate-limited",
]);

const MAX_TRIES = 4;
const KEYS_IN_PARALLEL = 32;
const PAUSES = { firstMs: 100, longestMs: 5_000, jitter: "none" } as const;

export interface Performing<Command> {
  readonly orderingKey: (command: Command) => string;
  readonly perform: (command: Command, context: Context) => Promise<void>;
}

/**
 * After a transient error a command is tried until it succeeds. A command that is refused, or that fails `MAX_TRIES`
 * times, is logged and skipped. Rejects when the context's signal is aborted.
 */
export async function performAll<Command>(
  commands: readonly Command[],
  { orderingKey, perform }: Performing<Command>,
  context: Context,
): Promise<void> {
  const groups = Map.groupBy(commands, orderingKey).values();
  const worker = async () => {
    for (const inOrder of groups) for (const command of inOrder) await performWithRetries(command, perform, context);
  };
  await Promise.all(Array.from({ length: KEYS_IN_PARALLEL }, worker));
}

async function performWithRetries<Command>(
  command: Command,
  perform: Performing<Command>["perform"],
  context: Context,
): Promise<void> {
  const { signal, logger, clock } = context;
  for (let tried = 1; ; tried++) {
    const waitMs = pauseAfter(tried, PAUSES);
    signal.throwIfAborted();
    try {
      return await untilAborted(perform(command, context), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isRetryable(error, tried)) {
        logger.error({ err: error, command }, "gave up a reaction's command");
        return;
      }
      logger.warn({ err: error, command, waitMs }, "retrying a reaction's command");
    }
    await clock.sleep(waitMs, signal);
  }
}

function isRetryable(error: unknown, tried: number): boolean {
  if (error instanceof FleetError && TRANSIENT.has(error.code)) return true;
  const refused = error instanceof FleetError && error.code !== "internal";
  return !refused && tried < MAX_TRIES;
}
