import { FleetError, unknownPerson } from "@fleetlog/domain";
import type { Fleet } from "../../fleet.ts";
import { loadPerson } from "../decide.ts";
import { ownCaller, recordSignIn } from "../own.ts";

/** The client's network, and the correlation id of the request. */
export interface CodeOrigin {
  readonly network: string;
  readonly correlationid: string;
}

/**
 * Uses a code of the authenticator app or a recovery code, once.
 * @throws FleetError `unauthenticated`, `rate-limited`
 */
export async function useSignInCode(
  fleet: Pick<Fleet, "log" | "writer" | "secondFactors">,
  person: string,
  otp: string,
  { network, correlationid }: CodeOrigin,
): Promise<void> {
  const used = await fleet.secondFactors.use(person, otp, network);
  if (used === undefined) {
    throw new FleetError("unauthenticated", "this code is wrong, or was used already", {
      field: "otp",
      advice: "Wait for the next code of your authenticator app.",
    });
  }
  if (used.kind !== "recovery-code") return;
  const state = await loadPerson(fleet, person);
  if (state === undefined) throw unknownPerson(person);
  const data = { person, by: person, left: used.left };
  await recordSignIn(fleet, ownCaller({ correlationid }, person), state, { type: "PersonRecoveryCodeUsed", data });
}
