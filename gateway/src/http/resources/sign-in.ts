import { FleetError } from "@fleetlog/domain";
import { passSecondFactor } from "@fleetlog/fleet";
import type { PersonProof } from "@fleetlog/identity";
import type { FastifyRequest } from "fastify";
import { networkOf } from "../../net/address.ts";
import type { Attempts } from "../access/attempts.ts";
import { counted } from "../access/counted.ts";
import type { HttpContext } from "../context.ts";

/** A valid sign-in is always accepted. */
export const SIGN_INS = { burst: 10, refillMs: 6_000, addresses: 10_000 };

interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly otp?: string | undefined;
}

/**
 * An unknown address and a wrong password have the same answer after the same work.
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
