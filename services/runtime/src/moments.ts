const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const LEAP_SECOND = "60";

/** Up to this difference, the clocks of a device and a gateway both count as correct. */
export const CLOCK_SLACK_MS = 60_000;

/**
 * Reads a moment (RFC 3339) as milliseconds since 1970; undefined if the text is not a moment. A leap second is read as
 * the second after it. Date.parse is not enough: it accepts far more texts, reads a date without a zone as local time,
 * and knows no leap second.
 */
export function parseMoment(text: string): number | undefined {
  const [, date, minutes, seconds, fraction = "", zone = ""] = RFC_3339.exec(text) ?? [];
  if (date === undefined) return undefined;
  const isLeap = seconds === LEAP_SECOND;
  const at = Date.parse(`${date}T${minutes}${isLeap ? "59" : seconds}${fraction}${zone.toUpperCase()}`);
  return Number.isNaN(at) ? undefined : at + (isLeap ? 1_000 : 0);
}

/** When an event happened. `aheadMs` is how far the device's clock was ahead; up to {@link CLOCK_SLACK_MS} it is 0. */
export interface Happened {
  readonly at: number;
  readonly aheadMs: number;
}

/**
 * When an event happened. If the device gave a time, that time counts, because devices may send stored events late. But
 * no event happens after its receipt: a time that is later by more than {@link CLOCK_SLACK_MS} shows that the device's
 * clock is wrong, so the time of receipt counts.
 * @param time when the gateway received the event
 */
export function happenedAt(time: string, devicetime: string | undefined): Happened {
  const received = parseMoment(time) ?? 0;
  const measured = devicetime === undefined ? undefined : parseMoment(devicetime);
  if (measured === undefined) return { at: received, aheadMs: 0 };
  const aheadMs = measured - received;
  return aheadMs > CLOCK_SLACK_MS ? { at: received, aheadMs } : { at: measured, aheadMs: 0 };
}
