const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const LEAP_SECOND = "60";

/** Clocks of devices may be this far ahead of the gateway's. */
export const CLOCK_SLACK_MS = 60_000;

/**
 * RFC 3339 as milliseconds since 1970; undefined for all other texts. Date.parse alone does not suffice: it can't read
 * a leap second, which counts as the next second here, and it reads 31 February as 3 March.
 */
export function parseMoment(text: string): number | undefined {
  const [, date, minutes, seconds, fraction = "", zone = ""] = RFC_3339.exec(text) ?? [];
  if (date === undefined || !isInMonth(date)) return undefined;
  const isLeap = seconds === LEAP_SECOND;
  const at = Date.parse(`${date}T${minutes}${isLeap ? "59" : seconds}${fraction}${zone.toUpperCase()}`);
  return Number.isNaN(at) ? undefined : at + (isLeap ? 1_000 : 0);
}

function isInMonth(date: string): boolean {
  const day = Number(date.slice(8));
  return day <= 28 || new Date(Date.parse(date)).getUTCDate() === day;
}

export interface Happened {
  readonly at: number;
  readonly aheadMs: number;
}

/**
 * The device's time of an event. It is the time of receipt if the device gave no time, or if its time is more than
 * {@link CLOCK_SLACK_MS} after the receipt. Devices may send stored events late.
 * @param time when the gateway received the event
 */
export function happenedAt(time: string, devicetime: string | undefined): Happened {
  const received = parseMoment(time) ?? 0;
  const measured = devicetime === undefined ? undefined : parseMoment(devicetime);
  if (measured === undefined) return { at: received, aheadMs: 0 };
  const aheadMs = measured - received;
  return aheadMs > CLOCK_SLACK_MS ? { at: received, aheadMs } : { at: measured, aheadMs: 0 };
}
