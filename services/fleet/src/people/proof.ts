import { FleetError, type PersonState } from "@fleetlog/domain";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { ownState, withPassword } from "./own.ts";
import { useSignInCode } from "./second-factor/use-code.ts";

/** Shows that the caller is the person, not somebody at their open browser. */
export interface Proof {
  readonly password?: string | undefined;
  /** A code of the second factor, in place of the password. */
  readonly otp?: string | undefined;
  /** Where it comes from. */
  readonly network: string;
}

/** The person who calls. @throws FleetError `unauthenticated` for a wrong password or code, `rate-limited`, `person-unknown` */
export async function withProof(
  fleet: Pick<Fleet, "log" | "writer" | "people" | "secondFactors">,
  caller: Caller,
  { password, otp, network }: Proof,
): Promise<PersonState> {
  if (password !== undefined) return withPassword(fleet, caller, password);
  const state = await ownState(fleet, caller);
  if (otp === undefined) throw new FleetError("unauthenticated", "your password is needed", { field: "password" });
  const { correlationid = "" } = caller;
  await useSignInCode(fleet, state.id, otp, { network, correlationid });
  return state;
}
