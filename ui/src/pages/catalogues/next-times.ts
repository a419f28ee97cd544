const moment = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** Local times, such as `Mon 30 Nov, 04:00`. */
export function timesText(times: readonly Date[]): string {
  return times.map((one) => moment.format(one)).join("; ");
}
