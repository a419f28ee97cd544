import { FleetError } from "@fleetlog/domain";
import { passSecondFactor, signInByPasskey as signIn } from "@fleetlog/fleet";
import type { PersonProof } from "@fleetlog/identity";
import type { PasskeyAssertion } from "@fleetlog/protocol";
import { networkOf } from "@fleetlog/runtime/node";
import type { FastifyRequest } from "fastify";
import type { Attempts } from "../access/attempts.ts";
import { counted } from "../access/counted.ts";
import { relyingPartyFor } from "../access/relying-party.ts";
import type { HttpContext } from "../context.ts";

/** Limits failed sign-ins. A valid sign-in is always accepted. */
export const SIGN_INS = { burst: 10, refillMs: 6_000, addresses: 10_000 };

interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly otp?: string | undefined;
  /** A passkey as second factor. */
  readonly passkey?: PasskeyAssertion | undefined;
}

type Context = Pick<HttpContext, "fleet" | "findClient" | "publicUrl">;

/**
 * An unknown email address and a wrong password have the same answer after the same work.
 * @throws FleetError `unauthenticated`, `second-factor-required`, `rate-limited`
 */
export function signInByPassword(
  context: Context,
  attempts: Attempts,
  request: FastifyRequest,
  { email, password, otp, passkey }: Credentials,
): Promise<PersonProof> {
  const { fleet, findClient } = context;
  const { address } = findClient(request.raw);
  return counted(attempts, address, async () => {
    const proof = await fleet.people.verifyPassword(email, password);
    if (proof === undefined) {
      throw new FleetError("unauthenticated", "email or password is wrong", { field: "password" });
    }
    await passSecondFactor(fleet, proof, {
      otp,
      passkey: passkey && answerOf(context, request, passkey),
      network: networkOf(address),
      correlationid: request.id,
    });
    return proof;
  });
}

/**
 * An unknown passkey and a passkey's wrong answer are refused with the same error after the same work.
 * @throws FleetError `unauthenticated`, `rate-limited`, `passkeys-unavailable`
 */
export function signInByPasskey(
  context: Context,
  attempts: Attempts,
  request: FastifyRequest,
  passkey: PasskeyAssertion,
): Promise<PersonProof> {
  const { fleet, findClient } = context;
  const { address } = findClient(request.raw);
  return counted(attempts, address, () =>
    signIn(fleet, answerOf(context, request, passkey), { correlationid: request.id }),
  );
}

/** A passkey's answer with the pages that it must be for. */
export function answerOf(context: Omit<Context, "fleet">, request: FastifyRequest, assertion: PasskeyAssertion) {
  return { assertion, party: () => relyingPartyFor(context, request) };
}
