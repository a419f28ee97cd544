import { invalid } from "@fleetlog/domain";
import { parseDuration, parseMoment } from "@fleetlog/runtime";

const MAX_MS = 365 * 86_400_000;

/**
 * The deadline as RFC 3339 in UTC. `given` is a moment, or a duration from now. Without it, the default applies.
 * @throws FleetError `invalid-request` on `field`: malformed, in the past, or more than a year away
 */
export function deadlineFrom(given: string | undefined, now: number, defaultMs: number, field = "deadline"): string {
  if (given === undefined) return new Date(now + defaultMs).toISOString();
  const duration = parseDuration(given);
  const at = duration === undefined ? parseMoment(given) : now + duration;
  if (at === undefined)
    throw invalid(field, `${field} is neither a moment (RFC 3339) nor a duration such as 30s, 10m, 24h`);
  if (at <= now) throw invalid(field, `${field} is in the past`);
  if (at - now > MAX_MS) throw invalid(field, `${field} is more than a year away`);
  return new Date(at).toISOString();
}
