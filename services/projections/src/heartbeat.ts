import { encodeToken } from "@fleetlog/domain";
import type { Backbone } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS, heartbeatSubject, type ProjectorHeartbeat } from "@fleetlog/protocol";

export interface HeartbeatSource {
  readonly state: ProjectorHeartbeat["state"];
  readonly seq: number;
}

export interface Heartbeat {
  /** Publishes one now, without waiting for the interval. */
  now(): void;
  stop(): void;
}

/**
 * Publishes every two seconds how far the views are.
 * @param onShortLog the log ends before the views' checkpoint: it is not the log that they were built from
 */
export function startHeartbeat(
  { log, bus }: Backbone,
  id: string,
  projector: HeartbeatSource,
  onShortLog: () => void,
): Heartbeat {
  const subject = heartbeatSubject("projector", encodeToken(id));
  let lag = 0;
  let stopped = false;
  const publish = async () => {
    try {
      const { lastSeq } = await log.state("FLEET");
      lag = Math.max(0, lastSeq - projector.seq);
      if (lastSeq < projector.seq) onShortLog();
    } catch {
      // The log can't be reached: the last known lag is published.
    }
    const { seq, state } = projector;
    if (!stopped) bus.publish(subject, { kind: "projector", id, seq, lag, state } satisfies ProjectorHeartbeat);
  };
  const timer = setInterval(publish, HEARTBEAT_INTERVAL_MS);
  return {
    now: () => void publish(),
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
