import { encodeToken } from "@fleetlog/domain";
import type { Backbone } from "@fleetlog/log";
import { BEAT_INTERVAL_MS, beatSubject, type ProjectorBeat } from "@fleetlog/protocol";

export interface Beating {
  readonly state: ProjectorBeat["state"];
  readonly seq: number;
}

export interface Beat {
  /** Says it now, not only when the interval has passed. */
  now(): void;
  stop(): void;
}

/** Says every two seconds how far the views are. `onShortLog`: the log ends before the views do. */
export function startBeat({ log, bus }: Backbone, id: string, projector: Beating, onShortLog: () => void): Beat {
  const subject = beatSubject("projector", encodeToken(id));
  let lag = 0;
  let stopped = false;
  const beat = async () => {
    try {
      const { lastSeq } = await log.state("FLEET");
      lag = Math.max(0, lastSeq - projector.seq);
      if (lastSeq < projector.seq) onShortLog();
    } catch {
      // The log is away; what was last known of it still holds.
    }
    const { seq, state } = projector;
    if (!stopped) bus.publish(subject, { kind: "projector", id, seq, lag, state } satisfies ProjectorBeat);
  };
  const timer = setInterval(beat, BEAT_INTERVAL_MS);
  return {
    now: () => void beat(),
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
