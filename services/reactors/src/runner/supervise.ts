import { Backoff } from "@fleetlog/runtime";
import type { SharedWorld } from "../reaction.ts";
import type { Playable } from "./play.ts";

const PAUSES = { firstMs: 200, longestMs: 5_000, jitter: "none" } as const;
/** A reaction that went well so long is no longer one that keeps failing. */
const WELL_AFTER_MS = 60_000;

/** Plays a reaction until the world's signal is aborted, from its beginning again whenever it ends or fails. */
export async function supervise(reaction: Playable, world: SharedWorld): Promise<void> {
  const { signal, clock } = world;
  const logger = world.logger;
  const backoff = new Backoff(PAUSES);
  while (!signal.aborted) {
    const began = clock.elapsed();
    try {
      await reaction.play(world);
    } catch (error) {
      if (signal.aborted) return;
      if (clock.elapsed() - began > WELL_AFTER_MS) backoff.succeeded();
      const waitMs = backoff.failed();
      logger.warn({ err: error, reaction: reaction.name, waitMs }, "a reaction stopped and begins anew");
      await clock.sleep(waitMs, signal);
    }
  }
}
