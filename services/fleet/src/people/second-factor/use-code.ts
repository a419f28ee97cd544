import { FleetError, unknownPerson } from "@fleetlog/domain";
import type { Fleet } from "../../dependencies/fleet.ts";
import { decideOn, loadPerson } from "../decide.ts";
import { ownCaller } from "../own.ts";
import { secondFactorOf } from "./status.ts";

/** The client's network, and the correlation id of the request. */
export interface CodeOrigin {
  readonly network: string;
  readonly correlationid: string;
}

/**
 * Uses a code of the authenticator app or a recovery code, once. An interrupted call can be repeated with the same recovery
 * code: its use is recorded first, with an id that follows from the code, and then the code ends.
 * @throws FleetError `unauthenticated`, `rate-limited`
 */
export async function useSignInCode(
  fleet: Pick<Fleet, "log" | "writer" | "secondFactors">,
  person: string,
  otp: string,
  { network, correlationid }: CodeOrigin,
): Promise<void> {
  const recovery = await fleet.secondFactors.recoveryCode(person, otp);
  if (recovery !== undefined) {
    const state = await loadPerson(fleet, person);
    if (state === undefined) throw unknownPerson(person);
    const event = { type: "PersonRecoveryCodeUsed", data: { person, by: person, left: recovery.left } } as const;
    const command = { type: "RecordSignIn", person, by: person, event } as const;
    await decideOn(fleet, ownCaller({ correlationid }, person), state.account, command, `${person}/${recovery.id}`);
  }
  // If two calls have the same recovery code, only one of them ends it.
  if ((await fleet.secondFactors.use(person, otp, network)) === undefined) {
    if ((await secondFactorOf(fleet, person)).lost) throw codesAreLost();
    throw new FleetError("unauthenticated", "this code is wrong, or was used already", {
      field: "otp",
      advice: "Wait for the next code of your authenticator app.",
    });
  }
}

function codesAreLost(): FleetError {
  return new FleetError("unauthenticated", "no code is right, because the store has lost your second factor", {
    field: "otp",
    advice: "Use a passkey, or ask an owner or administrator to turn your second factor off.",
  });
}
