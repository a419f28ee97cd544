const LONGEST_MS = 3_600_000;

/** The milliseconds of a Retry-After header (RFC 9110, 10.2.3). */
export function retryAfterHeader(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\s*(\d+(?:\.\d+)?)\s*$/.exec(value)?.[1];
  return bounded(seconds === undefined ? Date.parse(value) - now : Number(seconds) * 1_000);
}

/** The milliseconds in a close reason or an MQTT 5 reason string, such as `retry after 5 s`. */
export function retryAfterText(text: string | undefined): number | undefined {
  const match = /retry[- ]?after[:= ]+(\d+(?:\.\d+)?) ?(ms)?/i.exec(text ?? "");
  return match === null ? undefined : bounded(Number(match[1]) * (match[2] === undefined ? 1_000 : 1));
}

function bounded(milliseconds: number): number | undefined {
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(0, milliseconds), LONGEST_MS);
}

/** `exactOptionalPropertyTypes` allows no undefined field. */
export function optionalRetryAfter(retryAfterMs: number | undefined): { retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}
