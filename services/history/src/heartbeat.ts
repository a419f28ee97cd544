import { encodeToken } from "@fleetlog/domain";
import type { Bus, ClockReading } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS, type HistorianHeartbeat, heartbeatSubject } from "@fleetlog/protocol";

/** What the historian itself knows. */
type Measured = "seq" | "lag" | "rebuild" | "setAside" | "marks" | "telemetry";
export type HistorianProgress = Pick<HistorianHeartbeat, Measured>;

interface HeartbeatSource {
  readonly clock: (() => ClockReading) | undefined;
  readonly progress: () => Promise<HistorianProgress>;
}

/** Publishes how far the history is, until the returned function is called. */
export function startHeartbeat(bus: Bus, id: string, { clock, progress }: HeartbeatSource): () => void {
  const subject = heartbeatSubject("historian", encodeToken(id));
  let isStopped = false;
  const publish = async () => {
    const how = await progress();
    if (isStopped) return;
    const heartbeat = { kind: "historian", id, ...how, ...(clock && { clock: clock() }) } as const;
    bus.publish(subject, heartbeat satisfies HistorianHeartbeat);
  };
  const timer = setInterval(publish, HEARTBEAT_INTERVAL_MS);
  void publish();
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}
