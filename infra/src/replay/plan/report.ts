import type { NewReport } from "@fleetlog/agent";
import type { DeviceEventReported, Recorded, TelemetryReported } from "@fleetlog/domain";

export type ReplayedReport = NewReport;

/**
 * The report as the device sent it, with the boot and seq that it had. A report without them gets a boot and seq that
 * are the same in every replay, so that the target stores it once.
 */
export function reportOf(event: Recorded<TelemetryReported | DeviceEventReported>): ReplayedReport {
  const { boot = `replay-${event.stream}`, seq = event.seq } = hasOrder(event.data) ? event.data : {};
  const at = event.devicetime ?? event.time;
  if (event.type === "TelemetryReported")
    return { kind: "telemetry", body: { data: { ...event.data.data }, at, boot, seq } };
  const { name, data = null } = event.data;
  return { kind: "event", body: { name, data, at, boot, seq } };
}

function hasOrder({ boot, seq }: { readonly boot?: string | number; readonly seq?: number }): boolean {
  return boot !== undefined && seq !== undefined;
}
