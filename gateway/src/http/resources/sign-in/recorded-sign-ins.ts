import { FleetError, type SignInWay } from "@fleetlog/domain";
import type { PersonProof, PersonTokenPair } from "@fleetlog/identity";
import type { FastifyRequest } from "fastify";
import type { Attempts } from "../../access/attempts.ts";
import type { NamedCaller } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";

type Recording = Pick<HttpContext, "signIns" | "findClient">;

/** The person of a sign-in, and their account. */
export async function personOfProof({ fleet }: Pick<HttpContext, "fleet">, proof: PersonProof): Promise<NamedCaller> {
  return (await fleet.people.verify(proof)) ?? { id: proof.person };
}

export function recordSignedIn(
  context: Recording,
  request: FastifyRequest,
  caller: NamedCaller,
  how: { readonly way: SignInWay; readonly secondFactor?: "code" | "passkey" | undefined },
): void {
  context.signIns.record({ type: "SignedIn", ...callOf(context, request, caller), ...how });
}

export function recordSignedOut(context: Recording, request: FastifyRequest, caller: NamedCaller): void {
  context.signIns.record({ type: "SignedOut", ...callOf(context, request, caller) });
}

/** Codes for a wrong second factor, and for too many of them. */
const CHECKED: ReadonlySet<string> = new Set(["unauthenticated", "rate-limited"]);
/**
 * With these codes, the password was right, but no second factor was checked. `passkeys-unavailable`: the answer of a
 * passkey came from a page that can't have passkeys. `conflict`: many calls came at the same moment.
 */
const NOT_CHECKED: ReadonlySet<string> = new Set(["second-factor-required", "passkeys-unavailable", "conflict"]);

/**
 * Calls `pass`, which checks the second factor. A right password without a second factor is recorded later, if no
 * request gives the second factor until then.
 * @param given whether the request has a second factor
 */
export async function watchSecondFactor<Passed>(
  context: Recording,
  request: FastifyRequest,
  caller: NamedCaller,
  given: boolean,
  pass: () => Promise<Passed>,
): Promise<Passed> {
  const call = callOf(context, request, caller);
  try {
    const passed = await pass();
    if (given) context.signIns.secondFactorGiven(call);
    return passed;
  } catch (error) {
    const code = error instanceof FleetError ? error.code : "";
    if (NOT_CHECKED.has(code)) context.signIns.secondFactorAsked(call);
    else if (given && CHECKED.has(code)) context.signIns.secondFactorGiven(call);
    throw error;
  }
}

/**
 * Makes new tokens for a refresh token. If the refresh token was used before, this is recorded.
 * @throws FleetError `unauthenticated`, `rate-limited`
 */
export async function refreshTokens(
  context: Recording & Pick<HttpContext, "fleet" | "personTokens">,
  attempts: Attempts,
  request: FastifyRequest,
  { token, field }: { readonly token: string; readonly field: string },
): Promise<PersonTokenPair> {
  const refreshed = await context.personTokens.refresh(token);
  if (refreshed !== undefined && "pair" in refreshed) return refreshed.pair;
  if (refreshed !== undefined) {
    const caller = await personOfProof(context, refreshed.reused);
    context.signIns.record({ type: "RefreshTokenReused", ...callOf(context, request, caller) });
  }
  attempts.countFailure(context.findClient(request.raw).address);
  throw new FleetError("unauthenticated", "this refresh token is not valid", {
    field,
    advice: "Log in again. A refresh token works once; using it twice ends all tokens of that log-in.",
  });
}

function callOf({ findClient }: Pick<Recording, "findClient">, request: FastifyRequest, { id, account }: NamedCaller) {
  const call = `${request.method} ${request.routeOptions.url ?? ""}`;
  return { by: id, account, call, address: findClient(request.raw).address };
}
