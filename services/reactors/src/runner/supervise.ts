import type { SharedWorld } from "../reaction.ts";
import type { Playable } from "./play.ts";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;
/** A reaction that went well so long is no longer one that keeps failing. */
const WELL_AFTER_MS = 60_000;

/** Plays a reaction until the world's signal is aborted, from its beginning again whenever it ends or fails. */
export async function supervise(reaction: Playable, world: SharedWorld): Promise<void> {
  const { signal, clock } = world;
  const logger = world.logger;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const began = clock.elapsed();
    try {
      await reaction.play(world);
      continue;
    } catch (error) {
      if (signal.aborted) return;
      if (clock.elapsed() - began > WELL_AFTER_MS) waitMs = FIRST_WAIT_MS;
      logger.warn({ err: error, reaction: reaction.name, waitMs }, "a reaction stopped and begins anew");
    }
    await clock.sleep(waitMs, signal);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }
}
