/** Smaller differences are due to the network and the header's resolution of 1 s. */
const MIN_MS = 2_000;

let ahead = 0;

/** Gateway time in ms since 1970; times from the gateway are compared with it. */
export function gatewayNow(): number {
  return Date.now() + ahead;
}

/** @param date the Date header of an answer that has just arrived (RFC 9110, 6.6.1), in whole seconds */
export function observeDate(date: string | null): void {
  const at = Date.parse(date ?? "");
  if (Number.isNaN(at)) return;
  const difference = at + 500 - Date.now();
  ahead = Math.abs(difference) < MIN_MS ? 0 : difference;
}
