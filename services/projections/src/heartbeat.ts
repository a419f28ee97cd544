import { encodeToken, type StreamName } from "@fleetlog/domain";
import type { Backbone, ClockReading } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS, heartbeatSubject, type ProjectorHeartbeat } from "@fleetlog/protocol";

export interface HeartbeatSource {
  readonly state: ProjectorHeartbeat["state"];
  readonly seq: number;
}

export interface Heartbeat {
  now(): void;
  stop(): void;
}

/** The views of one stream. */
export interface HeartbeatStream {
  readonly stream: StreamName;
  readonly seq: number;
  saveStateForCheck(): void;
  checkLog(): void;
}

const MAX_RANGES = 20;

/**
 * Publishes every two seconds how far FLEET's views are built. If a stream ends before the checkpoint of its views, it
 * was probably replaced: then the views check the log.
 */
export function startHeartbeat(
  { log, bus }: Backbone,
  id: string,
  projector: HeartbeatSource,
  streams: readonly HeartbeatStream[],
  clock?: () => ClockReading,
): Heartbeat {
  const subject = heartbeatSubject("projector", encodeToken(id));
  let lag = 0;
  let stopped = false;
  const publish = async () => {
    try {
      for (const views of streams) {
        const { lastSeq } = await log.state(views.stream);
        if (views.stream === "FLEET") lag = Math.max(0, lastSeq - views.seq);
        if (lastSeq >= views.seq) continue;
        views.saveStateForCheck();
        views.checkLog();
      }
    } catch {}
    const { seq, state } = projector;
    const { count: missing, ranges } = log.missing;
    const missingRanges = ranges.slice(0, MAX_RANGES);
    if (stopped) return;
    const heartbeat = {
      kind: "projector",
      id,
      seq,
      lag,
      state,
      missing,
      missingRanges,
      ...(clock && { clock: clock() }),
    } as const;
    bus.publish(subject, heartbeat satisfies ProjectorHeartbeat);
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
