/** Smaller differences are ignored: they come from the network and from the header's resolution of a second. */
const LEAST_MS = 2_000;

let ahead = 0;

/**
 * The time of the gateway's clock in ms since 1970. Times from the gateway are compared with it, not with the
 * browser's.
 */
export function gatewayNow(): number {
  return Date.now() + ahead;
}

/**
 * @param date the Date header of an answer that has just come (RFC 9110, 6.6.1), in whole seconds
 */
export function observeDate(date: string | null): void {
  const at = Date.parse(date ?? "");
  if (Number.isNaN(at)) return;
  const difference = at + 500 - Date.now();
  ahead = Math.abs(difference) < LEAST_MS ? 0 : difference;
}
