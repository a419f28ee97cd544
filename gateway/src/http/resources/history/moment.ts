import { invalid } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";

const SEQUENCE = /^\d{1,15}$/;

/** @throws FleetError `invalid-request` for a text that is neither a time nor a sequence */
export function momentFrom(at: string | number, field = "at"): string | number {
  if (typeof at === "number" || SEQUENCE.test(at)) return Number(at);
  const time = parseMoment(at);
  if (time === undefined) {
    throw invalid(field, `${field} must be a time such as 2026-01-31T12:00:00Z (RFC 3339), or a sequence of FLEET`);
  }
  return new Date(time).toISOString();
}
