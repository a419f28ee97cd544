const LENGTH = "2026-01-02T03:04:05.678Z".length;
const [HOURS, MINUTES, SECONDS, MILLISECONDS, ZONE] = [11, 16, 17, 20, 23];
const [COLON, DOT, Z, ZERO] = Buffer.from(":.Z0");
/** `24:00:00.000`, the end of a day, is the only valid time with this hour. */
const LAST_HOUR = 24;

const minute = Buffer.alloc(MINUTES);
let minuteMs = Number.NaN;

/**
 * Milliseconds since 1970 of a timestamp in ASCII; 0 if the text is not one. Most timestamps have the same minute as
 * the one before, so only their seconds are parsed.
 */
export function timeAt(bytes: Buffer, from: number, to: number): number {
  if (!isUsual(bytes, from, to)) return Date.parse(bytes.toString("latin1", from, to)) || 0;
  const seconds = numberAt(bytes, from + SECONDS, 2);
  const rest = seconds * 1_000 + numberAt(bytes, from + MILLISECONDS, 3);
  if (seconds < 60 && isSameMinute(bytes, from)) return minuteMs + rest;
  const ms = Date.parse(bytes.toString("latin1", from, to));
  if (Number.isNaN(ms)) return 0;
  bytes.copy(minute, 0, from, from + MINUTES);
  minuteMs = ms - rest;
  return ms;
}

/** Whether it is written as by `Date.toISOString`, with four digits of the year. */
function isUsual(bytes: Buffer, from: number, to: number): boolean {
  if (to - from !== LENGTH || bytes[from + MINUTES] !== COLON) return false;
  if (bytes[from + MILLISECONDS - 1] !== DOT || bytes[from + ZONE] !== Z) return false;
  if (numberAt(bytes, from + HOURS, 2) === LAST_HOUR) return false;
  for (let at = from + SECONDS; at < from + ZONE; at++) {
    const digit = (bytes[at] ?? 0) - (ZERO ?? 0);
    if (at !== from + MILLISECONDS - 1 && !(digit >= 0 && digit <= 9)) return false;
  }
  return true;
}

function isSameMinute(bytes: Buffer, from: number): boolean {
  // Later characters differ more often.
  for (let at = MINUTES - 1; at >= 0; at--) if (minute[at] !== bytes[from + at]) return false;
  return true;
}

function numberAt(bytes: Buffer, from: number, digits: number): number {
  let number = 0;
  for (let at = from; at < from + digits; at++) number = number * 10 + (bytes[at] ?? 0) - (ZERO ?? 0);
  return number;
}
