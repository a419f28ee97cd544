import { invalid } from "@fleetlog/domain";
import { parseDuration } from "@fleetlog/runtime";
import Type from "typebox";

export const ById = Type.Object({ id: Type.String({ description: "A command's id" }) });
const MAX_WAIT_MS = 300_000;

/** Milliseconds. @throws FleetError `invalid-request` */
export function waitFrom(wait: string | undefined): number {
  if (wait === undefined) return 0;
  const milliseconds = parseDuration(wait);
  if (milliseconds === undefined || milliseconds > MAX_WAIT_MS)
    throw invalid("wait", "wait is a duration of at most 5m, such as 10s");
  return milliseconds;
}
