import { invalid } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";

/** A parameter's time in the format of the views' columns: UTC, to the millisecond. @throws FleetError `invalid-request` */
export function timeOf(field: string, text: string): string {
  const milliseconds = parseMoment(text);
  if (milliseconds === undefined) throw invalid(field, `${field} is not a moment such as 2026-01-31T12:00:00Z`);
  return new Date(milliseconds).toISOString();
}
