const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const LEAP_SECOND = "60";

/** Clocks of devices and gateways differ by so much without anything being wrong. */
export const CLOCK_SLACK_MS = 60_000;

/**
 * A moment (RFC 3339) in milliseconds since 1970; undefined if the text is none. Date.parse accepts far more, reads a date
 * without a zone as local time, and knows no leap second, which here is the second after it.
 */
export function parseMoment(text: string): number | undefined {
  const [, date, minutes, seconds, fraction = "", zone = ""] = RFC_3339.exec(text) ?? [];
  if (date === undefined) return undefined;
  const isLeap = seconds === LEAP_SECOND;
  const at = Date.parse(`${date}T${minutes}${isLeap ? "59" : seconds}${fraction}${zone.toUpperCase()}`);
  return Number.isNaN(at) ? undefined : at + (isLeap ? 1_000 : 0);
}

/** When something happened, and by how much the device's clock was ahead of the gateway's, if by more than the slack. */
export interface Happened {
  readonly at: number;
  readonly aheadMs: number;
}

/**
 * When an event happened: by the device's clock if it gave a time, since devices send stored events late. What was received
 * has happened, so a later time only shows that the clock is wrong, and the time of receipt counts.
 * @param time when the gateway received it
 */
export function happenedAt(time: string, devicetime: string | undefined): Happened {
  const received = parseMoment(time) ?? 0;
  const measured = devicetime === undefined ? undefined : parseMoment(devicetime);
  if (measured === undefined) return { at: received, aheadMs: 0 };
  const aheadMs = measured - received;
  return aheadMs > CLOCK_SLACK_MS ? { at: received, aheadMs } : { at: measured, aheadMs: 0 };
}
