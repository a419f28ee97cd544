import { invalid } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";

/**
 * UTC to the millisecond, as in the views' columns.
 *
 * @throws FleetError `invalid-request`
 */
export function timeOf(field: string, text: string): string {
  const milliseconds = parseMoment(text);
  if (milliseconds === undefined) throw invalid(field, `${field} is not a moment such as 2026-01-31T12:00:00Z`);
  return new Date(milliseconds).toISOString();
}
