import { CLOCK_SLACK_MS } from "@fleetlog/runtime";

/** SQL of when a report happened, as `happenedAt` of @fleetlog/runtime says. */
export const HAPPENED = `CASE WHEN devicetime IS NULL OR devicetime > "time" + INTERVAL ${CLOCK_SLACK_MS} MILLISECONDS
  THEN "time" ELSE devicetime END`;
