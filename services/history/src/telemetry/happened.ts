import { CLOCK_SLACK_MS } from "@fleetlog/runtime";

/** SQL of the time at which a report happened, by the same rule as `happenedAt` of @fleetlog/runtime. */
export const HAPPENED = `CASE WHEN devicetime IS NULL OR devicetime > "time" + INTERVAL ${CLOCK_SLACK_MS} MILLISECONDS
  THEN "time" ELSE devicetime END`;
