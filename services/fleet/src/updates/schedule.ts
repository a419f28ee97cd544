import { invalid } from "@fleetlog/domain";
import { Cron } from "croner";

/** Least time between two scans of a whole account. More frequent scans would cost more than they find. */
const SHORTEST_MS = 15 * 60_000;

/** The first time after `after` in milliseconds since 1970; undefined: never. The expression is in UTC. */
export function nextTime(schedule: string, after: number): number | undefined {
  return cronOf(schedule).nextRun(new Date(after))?.getTime();
}

/** @throws FleetError `invalid-request` */
export function mustBeSchedule(schedule: string, now: number): void {
  let times: readonly Date[];
  try {
    times = cronOf(schedule).nextRuns(20, new Date(now));
  } catch {
    throw invalid("schedule", "schedule must be a cron expression such as 0 3 * * *");
  }
  if (times.length === 0) throw invalid("schedule", "schedule has no time in the future");
  const isOften = times.some((time, i) => i > 0 && time.getTime() - (times[i - 1] as Date).getTime() < SHORTEST_MS);
  if (isOften) throw invalid("schedule", "schedule must leave at least 15 minutes between two scans");
}

function cronOf(schedule: string): Cron {
  return new Cron(schedule, { timezone: "Etc/UTC", paused: true, mode: "5-part" });
}
