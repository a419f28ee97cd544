import type { ArchiveReport, Heartbeat } from "@fleetlog/protocol";
import { Gauge, type Metric } from "prom-client";

/** State of the historians' archives of telemetry, from their heartbeats. */
export function archiveGauges(heartbeats: () => readonly Heartbeat[]): readonly Metric[] {
  const gauge = (name: string, help: string, read: (archive: ArchiveReport) => number | undefined) =>
    new Gauge({
      ...{ name, help, labelNames: ["historian"] as const, registers: [] },
      collect() {
        this.reset();
        for (const heartbeat of heartbeats()) {
          if (heartbeat.kind !== "historian" || heartbeat.telemetry === undefined) continue;
          const value = read(heartbeat.telemetry);
          if (value !== undefined) this.set({ historian: heartbeat.id }, value);
        }
      },
    });
  return [
    gauge(
      "fleetlog_history_archive_missing_events",
      "Telemetry in missing or damaged files of a historian's archive",
      ({ missing }) => missing?.events ?? 0,
    ),
    gauge(
      "fleetlog_history_archive_damaged_files",
      "Files of a historian's archive that were found damaged since its start",
      ({ check }) => check?.damaged,
    ),
    gauge(
      "fleetlog_history_archive_checked_timestamp_seconds",
      "When a historian last finished comparing all files of its archive with their hashes",
      ({ check }) => (check?.finishedAt === undefined ? undefined : Date.parse(check.finishedAt) / 1_000),
    ),
  ];
}
