import { Backoff } from "@fleetlog/runtime";
import type { SharedContext } from "../reaction.ts";
import type { RunnableReaction } from "./run-reaction.ts";

const PAUSES = { firstMs: 200, longestMs: 5_000, jitter: "none" } as const;
/** If a reaction ran this long before it failed, its pauses begin with the shortest again. */
const RESET_AFTER_MS = 60_000;

export async function supervise(reaction: RunnableReaction, context: SharedContext): Promise<void> {
  const { signal, clock } = context;
  const logger = context.logger;
  const backoff = new Backoff(PAUSES);
  while (!signal.aborted) {
    const began = clock.elapsed();
    try {
      await reaction.run(context);
    } catch (error) {
      if (signal.aborted) return;
      if (clock.elapsed() - began > RESET_AFTER_MS) backoff.succeeded();
      const waitMs = backoff.failed();
      logger.warn({ err: error, reaction: reaction.name, waitMs }, "a reaction failed; restarting it");
      await clock.sleep(waitMs, signal);
    }
  }
}
