import { Cron } from "croner";

export type Every = "never" | "day" | "week" | "month" | "other";

/** A schedule as the form shows it. Times are in UTC. */
export interface Schedule {
  readonly every: Every;
  /** `HH:MM` */
  readonly time: string;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly day: number;
  /** The cron expression, if `every` is `other`. */
  readonly cron: string;
}

export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

const USUAL: Schedule = { every: "never", time: "03:00", weekday: 1, day: 1, cron: "" };

export function readSchedule(cron: string | undefined): Schedule {
  if (cron === undefined) return USUAL;
  const [minute = "", hour = "", day = "", month, weekday = "", ...more] = cron.trim().split(/\s+/);
  const [h, m] = [numberIn(hour, 23), numberIn(minute, 59)];
  const other = { ...USUAL, every: "other", cron } as const;
  if (h === undefined || m === undefined || month !== "*" || more.length > 0) return other;
  const time = `${String(h).padStart(2, "0")}:${String(m).padStart(2, "0")}`;
  const [d, w] = [numberIn(day, 31), numberIn(weekday, 7)];
  if (day === "*" && weekday === "*") return { ...USUAL, every: "day", time };
  if (day === "*" && w !== undefined) return { ...USUAL, every: "week", time, weekday: w % 7 };
  if (d !== undefined && d > 0 && weekday === "*") return { ...USUAL, every: "month", time, day: d };
  return other;
}

/** The cron expression; undefined: never. */
export function writeSchedule({ every, time, weekday, day, cron }: Schedule): string | undefined {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  if (every === "never") return undefined;
  if (every === "day") return `${minute} ${hour} * * *`;
  if (every === "week") return `${minute} ${hour} * * ${weekday}`;
  if (every === "month") return `${minute} ${hour} ${day} * *`;
  return cron.trim().replace(/\s+/g, " ");
}

/** A schedule in words, such as `every Monday at 03:00 UTC`. */
export function scheduleText(cron: string): string {
  const { every, time, weekday, day } = readSchedule(cron);
  if (every === "day") return `every day at ${time} UTC`;
  if (every === "week") return `every ${WEEKDAYS[weekday]} at ${time} UTC`;
  if (every === "month") return `on day ${day} of every month at ${time} UTC`;
  const [minute = "", hour = "", ...rest] = cron.trim().split(/\s+/);
  const hours = hour === "*" ? 1 : numberIn(hour.replace(/^\*\//, ""), 23);
  const m = numberIn(minute, 59);
  const isHourly = rest.join(" ") === "* * *" && m !== undefined && (hour === "*" || hour.startsWith("*/"));
  if (isHourly && hours !== undefined && hours > 0)
    return `every ${hours === 1 ? "hour" : `${hours} hours`} at minute ${m}, in UTC`;
  return `at ${cron} (cron, UTC)`;
}

/** The next times after `now` in ms since 1970; undefined if the text is no cron expression. */
export function nextTimes(cron: string, now: number, count: number): readonly Date[] | undefined {
  try {
    return new Cron(cron, { timezone: "Etc/UTC", paused: true, mode: "5-part" }).nextRuns(count, new Date(now));
  } catch {
    return undefined;
  }
}

function numberIn(text: string, most: number): number | undefined {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value <= most ? value : undefined;
}
