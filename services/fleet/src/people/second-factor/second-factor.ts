import { person as decider, FleetError, unknownPerson } from "@fleetlog/domain";
import type { PersonProof, SecondFactorStatus } from "@fleetlog/identity";
import type { Caller } from "../../caller.ts";
import type { Fleet } from "../../fleet.ts";
import { loadFromLog } from "../../writer/load.ts";
import { ownState, recordSignIn, withPassword } from "../own.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "people" | "personal" | "secondFactors">;

/** A code that somebody sends at sign-in, after the right password. */
export interface SignInCode {
  readonly otp: string | undefined;
  /** Where it comes from. */
  readonly network: string;
  readonly correlationid: string;
}

/**
 * Checks the second factor of a person whose password was right. Passes if it is off.
 * @throws FleetError `second-factor-required` without a code, `unauthenticated` for a wrong one, `rate-limited`
 */
export async function passSecondFactor(
  fleet: Dependencies,
  { person }: PersonProof,
  { otp, network, correlationid }: SignInCode,
): Promise<void> {
  if (!(await fleet.secondFactors.status(person)).on) return;
  if (otp === undefined || otp.trim() === "") {
    throw new FleetError("second-factor-required", "a code of the second factor is needed", {
      field: "otp",
      advice: "Send the code that your authenticator app shows, or a recovery code, as otp.",
    });
  }
  const used = await fleet.secondFactors.use(person, otp, network);
  if (used === undefined) {
    throw new FleetError("unauthenticated", "this code is wrong, or was used already", {
      field: "otp",
      advice: "Wait for the next code of your authenticator app.",
    });
  }
  if (used.kind !== "recovery-code") return;
  const { state } = await loadFromLog(fleet.log, decider, "person", person);
  if (state === undefined) throw unknownPerson(person);
  const own: Caller = {
    principal: { kind: "part", name: "people" },
    by: person,
    source: `/people/${person}`,
    correlationid,
  };
  const data = { person, by: person, left: used.left };
  await recordSignIn(fleet, own, state, { type: "PersonRecoveryCodeUsed", data });
}

export async function ownSecondFactor(fleet: Dependencies, caller: Caller): Promise<SecondFactorStatus> {
  return fleet.secondFactors.status((await ownState(fleet, caller)).id);
}

/** Begins to turn the second factor on: it is on once a code confirms it. @throws FleetError `unauthenticated`, `conflict` */
export async function enrolSecondFactor(
  fleet: Dependencies,
  caller: Caller,
  password: string,
): Promise<{ readonly secret: string; readonly uri: string }> {
  const { id, email } = await withPassword(fleet, caller, password);
  return fleet.secondFactors.enrol(id, (await fleet.personal.open(email)) ?? id);
}

/** Resolves with the recovery codes. @throws FleetError `unauthenticated` for a wrong code */
export async function confirmSecondFactor(
  fleet: Dependencies,
  caller: Caller,
  code: string,
): Promise<readonly string[]> {
  const state = await ownState(fleet, caller);
  const { id } = state;
  // The event first: without it, the answer with the recovery codes could be lost.
  if (!(await fleet.secondFactors.isPending(id, code))) throw wrongCode();
  const data = { person: id, by: caller.by };
  await recordSignIn(fleet, caller, state, { type: "PersonSecondFactorTurnedOn", data });
  const codes = await fleet.secondFactors.confirm(id, code);
  if (codes === undefined) throw wrongCode();
  return codes;
}

/** New recovery codes, which replace the earlier ones. @throws FleetError `unauthenticated`, `conflict` if it is off */
export async function renewRecoveryCodes(
  fleet: Dependencies,
  caller: Caller,
  password: string,
): Promise<readonly string[]> {
  const state = await withPassword(fleet, caller, password);
  if (!(await fleet.secondFactors.status(state.id)).on) throw isOff();
  const data = { person: state.id, by: caller.by };
  await recordSignIn(fleet, caller, state, { type: "PersonRecoveryCodesMade", data });
  const codes = await fleet.secondFactors.renewRecoveryCodes(state.id);
  if (codes === undefined) throw isOff();
  return codes;
}

/** A repeated call changes nothing. @throws FleetError `unauthenticated` for a wrong password */
export async function turnOffSecondFactor(fleet: Dependencies, caller: Caller, password: string): Promise<void> {
  const state = await withPassword(fleet, caller, password);
  if (!(await fleet.secondFactors.status(state.id)).on) return;
  await fleet.secondFactors.off(state.id);
  const data = { person: state.id, by: caller.by };
  await recordSignIn(fleet, caller, state, { type: "PersonSecondFactorTurnedOff", data });
}

function wrongCode(): FleetError {
  return new FleetError("unauthenticated", "this code is wrong", {
    field: "code",
    advice: "Check the clock of the device with your authenticator app, or begin again.",
  });
}

function isOff(): FleetError {
  return new FleetError("conflict", "the second factor is off");
}
