import { expect, it } from "vitest";
import { nextTimes, readSchedule, scheduleText, writeSchedule } from "./schedule.ts";

it.each([
  ["0 3 * * *", "every day at 03:00 UTC", "day"],
  ["30 14 * * 1", "every Monday at 14:30 UTC", "week"],
  ["5 0 * * 7", "every Sunday at 00:05 UTC", "week"],
  ["0 3 15 * *", "on day 15 of every month at 03:00 UTC", "month"],
  ["20 * * * *", "every hour at minute 20, in UTC", "other"],
  ["0 */6 * * *", "every 6 hours at minute 0, in UTC", "other"],
  ["0 3 1 1 *", "at 0 3 1 1 * (cron, UTC)", "other"],
  ["0 3 * * MON-FRI", "at 0 3 * * MON-FRI (cron, UTC)", "other"],
  ["0 */0 * * *", "at 0 */0 * * * (cron, UTC)", "other"],
])("shows the cron expression %s in words and in the form", (cron, text, every) => {
  expect(scheduleText(cron)).toBe(text);
  const read = readSchedule(cron);
  expect(read.every).toBe(every);
  expect(writeSchedule(read)).toBe(cron.replace("* * 7", "* * 0"));
});

it("has no schedule for a catalogue without one", () => {
  expect(writeSchedule(readSchedule(undefined))).toBeUndefined();
});

it("finds the next times in UTC, and no times for a text that is not a cron expression", () => {
  const now = Date.parse("2026-03-28T12:00:00Z");
  const times = nextTimes("0 3 * * *", now, 2)?.map((one) => one.toISOString());
  expect(times).toEqual(["2026-03-29T03:00:00.000Z", "2026-03-30T03:00:00.000Z"]);
  expect(nextTimes("at night", now, 2)).toBeUndefined();
  expect(nextTimes("0 0 3 * * *", now, 2)).toBeUndefined();
  expect(nextTimes("0 3 30 2 *", now, 2)).toEqual([]);
});
