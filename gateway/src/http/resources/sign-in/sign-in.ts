import { FleetError } from "@fleetlog/domain";
import { passSecondFactor, signInByPasskey as signIn } from "@fleetlog/fleet";
import { type PersonProof, personOfPasskey } from "@fleetlog/identity";
import type { PasskeyAssertion } from "@fleetlog/protocol";
import { networkOf } from "@fleetlog/runtime/node";
import type { FastifyRequest } from "fastify";
import type { Attempts } from "../../access/attempts.ts";
import { nameCaller } from "../../access/authorize.ts";
import { counted } from "../../access/counted.ts";
import { relyingPartyFor } from "../../access/relying-party.ts";
import type { HttpContext } from "../../context.ts";
import { personOfProof, recordSignedIn, watchSecondFactor } from "./recorded-sign-ins.ts";

/** Limits failed sign-ins. A valid sign-in is always accepted. */
export const SIGN_INS = { burst: 10, refillMs: 6_000, addresses: 10_000 };

interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly otp?: string | undefined;
  /** A passkey as second factor. */
  readonly passkey?: PasskeyAssertion | undefined;
}

type Context = Pick<HttpContext, "fleet" | "findClient" | "publicUrl" | "signIns" | "lostEntries">;

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
  const { fleet, findClient, lostEntries } = context;
  const { address } = findClient(request.raw);
  const network = networkOf(address);
  return counted(attempts, address, async () => {
    const proof = await fleet.people.verifyPassword(email, password, network);
    if (proof === undefined) {
      lostEntries.refusedLogin(email, address);
      throw new FleetError("unauthenticated", "email or password is wrong", { field: "password" });
    }
    const person = await personOfProof(context, proof);
    nameCaller(request, person);
    const isGiven = passkey !== undefined || (otp ?? "").trim() !== "";
    const secondFactor = await watchSecondFactor(context, request, person, isGiven, () =>
      passSecondFactor(fleet, proof, {
        otp,
        passkey: passkey && answerOf(context, request, passkey),
        network,
        correlationid: request.id,
      }),
    ).catch((error) => {
      lostEntries.refusedSecondFactor(proof.person, address);
      throw error;
    });
    recordSignedIn(context, request, person, { way: "password", secondFactor });
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
  const { fleet, findClient, lostEntries } = context;
  const { address } = findClient(request.raw);
  return counted(attempts, address, async () => {
    const answer = answerOf(context, request, passkey);
    const proof = await signIn(fleet, answer, { correlationid: request.id }).catch((error) => {
      lostEntries.refusedPasskey(personOfPasskey(passkey), address);
      throw error;
    });
    recordSignedIn(context, request, await personOfProof(context, proof), { way: "passkey" });
    return proof;
  });
}

/** A passkey's answer, and the relying party for which it must have been made. */
export function answerOf(
  context: Pick<Context, "findClient" | "publicUrl">,
  request: FastifyRequest,
  assertion: PasskeyAssertion,
) {
  return { assertion, party: () => relyingPartyFor(context, request) };
}
