/** Less than that is the network, and the seconds in which the header is written. */
const LEAST_MS = 2_000;

let ahead = 0;

/** Now in ms since 1970, by the gateway's clock: its times are told by it, whatever the browser's clock shows. */
export function gatewayNow(): number {
  return Date.now() + ahead;
}

/** @param date header of an answer that has just come (RFC 9110, 6.6.1), in whole seconds */
export function heardDate(date: string | null): void {
  const at = Date.parse(date ?? "");
  if (Number.isNaN(at)) return;
  const difference = at + 500 - Date.now();
  ahead = Math.abs(difference) < LEAST_MS ? 0 : difference;
}
