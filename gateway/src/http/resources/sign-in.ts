import { FleetError } from "@fleetlog/domain";
import { passSecondFactor } from "@fleetlog/fleet";
import type { PersonProof } from "@fleetlog/identity";
import type { FastifyRequest } from "fastify";
import { networkOf } from "../../net/address.ts";
import type { Attempts } from "../access/attempts.ts";
import { counted } from "../access/counted.ts";
import type { HttpContext } from "../context.ts";

/** Failed sign-ins that each address may make; what is right is always let in. */
export const SIGN_INS = { burst: 10, refillMs: 6_000, addresses: 10_000 };

/** What a person signs in with. */
interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Code of the second factor. */
  readonly otp?: string | undefined;
}

/**
 * The same answer, after the same work, whether the address is unknown or the password is wrong.
 * @throws FleetError `unauthenticated`, `second-factor-required`, `rate-limited`
 */
export function signInByPassword(
  { fleet, findClient }: Pick<HttpContext, "fleet" | "findClient">,
  attempts: Attempts,
  { raw, id }: FastifyRequest,
  { email, password, otp }: Credentials,
): Promise<PersonProof> {
  const { address } = findClient(raw);
  return counted(attempts, address, async () => {
    const proof = await fleet.people.verifyPassword(email, password);
    if (proof === undefined) {
      throw new FleetError("unauthenticated", "email or password is wrong", { field: "password" });
    }
    await passSecondFactor(fleet, proof, { otp, network: networkOf(address), correlationid: id });
    return proof;
  });
}
