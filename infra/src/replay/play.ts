import type { Replay } from "@fleetlog/protocol";
import type { Counts } from "./fleet/counts.ts";
import type { ReplayedFleet } from "./fleet/fleet.ts";
import type { Plan } from "./plan/plan.ts";
import type { Played } from "./progress-file.ts";
import type { SpanMessage } from "./span.ts";

export interface PlayOptions {
  readonly replay: Pick<Replay, "from" | "to">;
  readonly messages: AsyncIterable<SpanMessage>;
  readonly plan: Plan;
  readonly fleet: Pick<ReplayedFleet, "do" | "settled" | "isFull" | "connected">;
  readonly counts: Counts;
  /** Called when everything up to that event is acknowledged. */
  readonly played: (played: Played) => Promise<void>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const PROGRESS_MS = 2_000;
/** Milliseconds between two points at which everything must be acknowledged. */
const SETTLE_MS = 5_000;

/** @returns false if it was stopped */
export async function play({ replay, messages, plan, fleet, counts, played, signal, say }: PlayOptions) {
  let { seq, at } = replay.from;
  let settledAt = performance.now();
  let ended = false;
  const settle = async () => {
    await fleet.settled();
    settledAt = performance.now();
    if (!signal.aborted && seq > 0) await played({ seq });
  };
  const progress = setInterval(() => {
    const connected = `${fleet.connected} of ${plan.connected} connected`;
    say(`   ${at} (event ${seq} of ${replay.to.seq}): ${connected}; ${counts.text}`);
  }, PROGRESS_MS);
  try {
    for await (const message of messages) {
      if (message.type === "position") {
        at = message.at;
        ended = message.state === "ended";
      } else {
        for (const event of message.items) {
          fleet.do(plan.take(event), JSON.stringify(event.data).length);
          if (event.stream === "FLEET") seq = event.seq;
          if (fleet.isFull) await settle();
        }
      }
      if (performance.now() - settledAt >= SETTLE_MS) await settle();
    }
    await fleet.settled();
  } finally {
    clearInterval(progress);
  }
  if (!ended || signal.aborted) return false;
  await played({ done: true });
  return true;
}
