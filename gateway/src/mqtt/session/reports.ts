import type { DeviceReport } from "../../dialects/dialect.ts";
import type { DeviceSession } from "../../sessions/index.ts";

/** Resolves with the log sequence once the report is stored. */
export function store(session: DeviceSession, report: DeviceReport): Promise<number> {
  switch (report.kind) {
    case "telemetry":
      return session.reportTelemetry(report.items);
    case "profile":
      return session.reportProfile(report.profile);
    case "event":
      return session.reportEvent(report.report);
    case "command-result":
      return session.commandResult(report.result);
  }
}

/** What a report counts for a device's rate. */
export function eventsIn(report: DeviceReport): number {
  return report.kind === "telemetry" ? report.items.length : 1;
}
