import { streamOf } from "@fleetlog/domain";
import type { SecondFactorStatus } from "@fleetlog/identity";
import { withoutRepeats } from "@fleetlog/log";
import type { Fleet } from "../../dependencies/fleet.ts";

type Dependencies = Pick<Fleet, "log" | "secondFactors">;

export interface RecordedSecondFactor extends SecondFactorStatus {
  /** The second factor is on, but the store has lost its secret. So no code can be checked, and each is refused. */
  readonly lost?: true;
}

/**
 * The status of a person's second factor. If the store has no entry of the person, the log's events say whether it is on:
 * otherwise the loss of the entry would turn it off.
 */
export async function secondFactorOf(
  { log, secondFactors }: Dependencies,
  person: string,
): Promise<RecordedSecondFactor> {
  const status = await secondFactors.status(person);
  if (status.on || (await secondFactors.isStored(person)) || !(await isRecordedOn(log, person))) return status;
  return { on: true, recoveryCodes: 0, lost: true };
}

async function isRecordedOn(log: Dependencies["log"], person: string): Promise<boolean> {
  let on = false;
  const query = { stream: streamOf("person"), category: "person", entity: person } as const;
  for await (const { type } of withoutRepeats(log.read(query))) {
    if (type === "PersonSecondFactorTurnedOn") on = true;
    if (type === "PersonSecondFactorTurnedOff") on = false;
  }
  return on;
}
