import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";

export interface PatienceLimits {
  /** How long one asker waits for a projector to come back. */
  readonly eachMs: number;
  /** For how long that is worth it, since nobody answered: past it, whoever asks is told at once. */
  readonly allMs: number;
  /** How many wait at a time; more are told at once. */
  readonly waiting: number;
}

/** A projector that is restarted answers again within a second or two. */
const LIMITS: PatienceLimits = { eachMs: 2_500, allMs: 15_000, waiting: 256 };
const PAUSES_MS = { first: 50, longest: 250 };

interface Away {
  /** Since when nobody answers, by the monotonic clock; undefined while somebody does. */
  since: number | undefined;
  waiting: number;
}

const known = new WeakMap<Bus, Away>();

/**
 * Asks the views, and again for a while if no projector answers: one that restarts is worth waiting for. Bounded in time
 * and number, so that nothing piles up before views that stay away.
 * @throws FleetError as `ask` does; `view-unavailable` once the patience is over
 */
export async function patiently<T>(bus: Bus, ask: () => Promise<T>, limits = LIMITS): Promise<T> {
  const away = known.get(bus) ?? { since: undefined, waiting: 0 };
  known.set(bus, away);
  const until = performance.now() + limits.eachMs;
  let waits = false;
  try {
    for (let pause = PAUSES_MS.first; ; pause = Math.min(pause * 2, PAUSES_MS.longest)) {
      try {
        const answer = await ask();
        away.since = undefined;
        return answer;
      } catch (error) {
        if (!(error instanceof FleetError) || error.code !== "view-unavailable") throw error;
        const now = performance.now();
        away.since ??= now;
        const crowded = !waits && away.waiting >= limits.waiting;
        if (crowded || now + pause > until || now - away.since > limits.allMs) throw error;
      }
      if (!waits) away.waiting++;
      waits = true;
      await sleep(pause);
    }
  } finally {
    if (waits) away.waiting--;
  }
}
