import { FleetError } from "@fleetlog/domain";
import type { PersonProof, RelyingParty, SecondFactorStatus } from "@fleetlog/identity";
import type { Caller } from "../../caller.ts";
import type { Fleet } from "../../dependencies/fleet.ts";
import { ownState, recordSignIn, withPassword } from "../own.ts";
import { type PasskeyAnswer, usePasskey } from "../passkeys/use.ts";
import { secondFactorOf } from "./status.ts";
import { type CodeOrigin, useSignInCode } from "./use-code.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "people" | "personal" | "secondFactors">;

/** The second step of a sign-in: a code, or the answer of a passkey. */
export interface SignInCode extends CodeOrigin {
  readonly otp: string | undefined;
  readonly passkey?: PasskeyAnswer | undefined;
}

/**
 * Checks the second factor after a right password. Resolves with undefined if the second factor is off.
 * @throws FleetError `second-factor-required` without a code or passkey, `unauthenticated` for a wrong one,
 * `rate-limited`
 */
export async function passSecondFactor(
  fleet: Dependencies & Pick<Fleet, "passkeys">,
  { person }: PersonProof,
  { otp, passkey, ...origin }: SignInCode,
): Promise<"code" | "passkey" | undefined> {
  if (!(await secondFactorOf(fleet, person)).on) return undefined;
  if (passkey !== undefined) {
    await usePasskey(fleet, passkey, origin, person);
    return "passkey";
  }
  if (otp === undefined || otp.trim() === "") {
    throw new FleetError("second-factor-required", "a code of the second factor is needed", {
      field: "otp",
      advice:
        "Send the code that your authenticator app shows, or a recovery code, as otp; or a passkey's answer as passkey.",
    });
  }
  await useSignInCode(fleet, person, otp, origin);
  return "code";
}

export async function ownSecondFactor(fleet: Dependencies, caller: Caller): Promise<SecondFactorStatus> {
  const { lost: _, ...status } = await secondFactorOf(fleet, (await ownState(fleet, caller)).id);
  return status;
}

/** {@link confirmSecondFactor} completes the enrolment. @throws FleetError `unauthenticated`, `conflict` */
export async function enrolSecondFactor(
  fleet: Dependencies,
  caller: Caller,
  password: string,
): Promise<{ readonly secret: string; readonly uri: string }> {
  const { id, email } = await withPassword(fleet, caller, password);
  await requireNotLost(fleet, id);
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
  // The event is recorded first: an error after `confirm` would lose the recovery codes.
  if (!(await fleet.secondFactors.isPending(id, code))) throw wrongCode();
  const data = { person: id, by: caller.by };
  await recordSignIn(fleet, caller, state, { type: "PersonSecondFactorTurnedOn", data });
  const codes = await fleet.secondFactors.confirm(id, code);
  if (codes === undefined) throw wrongCode();
  return codes;
}

/**
 * Turns the second factor on for somebody without an authenticator app: their passkeys are the second factor. Resolves
 * with the recovery codes.
 * @param party site for which the person must have a passkey
 * @throws FleetError `unauthenticated`, `passkeys-unavailable`, `conflict` if it is on, or without such a passkey
 */
export async function turnOnSecondFactorByPasskey(
  fleet: Dependencies & Pick<Fleet, "passkeys">,
  caller: Caller,
  password: string,
  party: () => RelyingParty,
): Promise<readonly string[]> {
  const { id: site } = party();
  const state = await withPassword(fleet, caller, password);
  const { id } = state;
  await requireNotLost(fleet, id);
  const prepared = await fleet.secondFactors.prepareWithoutApp(id);
  if (prepared === undefined) throw isOn();
  // This changes the record of the passkeys. So a concurrent removal of the last passkey must repeat its check.
  if (!(await fleet.passkeys.markAsSecondFactor(id, site, prepared.id))) throw noPasskey(site);
  const data = { person: id, by: caller.by };
  await recordSignIn(fleet, caller, state, { type: "PersonSecondFactorTurnedOn", data });
  if (await fleet.secondFactors.turnOnPrepared(id, prepared.id)) return prepared.recoveryCodes;
  await recordSignIn(fleet, caller, state, { type: "PersonSecondFactorTurnedOff", data });
  throw new FleetError("conflict", "your passkeys were changed at the same moment", { advice: "Try again." });
}

/** @throws FleetError `unauthenticated`, `conflict` if the second factor is off */
export async function renewRecoveryCodes(
  fleet: Dependencies,
  caller: Caller,
  password: string,
): Promise<readonly string[]> {
  const state = await withPassword(fleet, caller, password);
  await requireNotLost(fleet, state.id);
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
  if (!(await secondFactorOf(fleet, state.id)).on) return;
  const data = { person: state.id, by: caller.by };
  // The event is recorded first: after `off`, an interrupted call could not be repeated.
  await recordSignIn(fleet, caller, state, { type: "PersonSecondFactorTurnedOff", data });
  await fleet.secondFactors.off(state.id);
}

/** A new enrolment would let the person sign in without a code until it is confirmed. */
async function requireNotLost(fleet: Dependencies, id: string): Promise<void> {
  if ((await secondFactorOf(fleet, id)).lost !== true) return;
  throw new FleetError("conflict", "the second factor is on, but its codes are lost", { advice: "Turn it off first." });
}

function wrongCode(): FleetError {
  return new FleetError("unauthenticated", "this code is wrong", {
    field: "code",
    advice: "Check the clock of the device with your authenticator app, or begin again.",
  });
}

function noPasskey(site: string): FleetError {
  return new FleetError("conflict", `you have no passkey for ${site}`, {
    advice: "Add a passkey at this address first.",
  });
}

function isOn(): FleetError {
  return new FleetError("conflict", "the second factor is on already");
}

function isOff(): FleetError {
  return new FleetError("conflict", "the second factor is off");
}
