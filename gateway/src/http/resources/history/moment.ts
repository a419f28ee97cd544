import { invalid } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";

const SEQUENCE = /^\d{1,15}$/;
/** An offset whose + became a space, as it does in the query of an address. */
const LOST_PLUS = /T.* \d\d:\d\d$/;

/** @throws FleetError `invalid-request` for a text that is neither a time nor a sequence */
export function momentFrom(at: string | number, field = "at"): string | number {
  if (typeof at === "number" || SEQUENCE.test(at)) return Number(at);
  const time = parseMoment(at);
  if (time === undefined) {
    const message = `${field} must be a time such as 2026-01-31T12:00:00Z (RFC 3339), or a sequence of FLEET`;
    throw invalid(field, LOST_PLUS.test(at) ? `${message}; in an address, write + as %2B` : message);
  }
  return new Date(time).toISOString();
}
