import { FleetError, type PersonState } from "@fleetlog/domain";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { ownState, withPassword } from "./own.ts";
import { type PasskeyAnswer, usePasskey } from "./passkeys/use.ts";
import { useSignInCode } from "./second-factor/use-code.ts";

/** Proves that the caller is the person, and not somebody at the person's open browser. */
export interface Proof {
  readonly password?: string | undefined;
  /** A code of the second factor, instead of the password. */
  readonly otp?: string | undefined;
  readonly passkey?: PasskeyAnswer | undefined;
  /** The client's network. */
  readonly network: string;
}

/** @throws FleetError `unauthenticated` for a wrong password or code, `rate-limited`, `person-unknown` */
export async function withProof(
  fleet: Pick<Fleet, "log" | "writer" | "people" | "secondFactors" | "passkeys">,
  caller: Caller,
  { password, otp, passkey, network }: Proof,
): Promise<PersonState> {
  if (password !== undefined) return withPassword(fleet, caller, password);
  const state = await ownState(fleet, caller);
  const { correlationid = "" } = caller;
  if (passkey !== undefined) {
    await usePasskey(fleet, passkey, { correlationid }, state.id);
    return state;
  }
  if (otp === undefined) throw new FleetError("unauthenticated", "your password is needed", { field: "password" });
  await useSignInCode(fleet, state.id, otp, { network, correlationid });
  return state;
}
