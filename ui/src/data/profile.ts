import type {
  ConnectOpenIdAnswer,
  OpenIdList,
  RecoveryCodes,
  SecondFactor,
  SecondFactorSecret,
  SignInProofBody,
  SignInWays,
} from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { OpenIdList, SecondFactor, SecondFactorSecret, SignInWays } from "@fleetlog/protocol";

const SECOND_FACTOR = "/session/second-factor";

export const signInWays = (): Promise<SignInWays> => get("/session/ways");

export const secondFactor = (signal?: AbortSignal): Promise<SecondFactor> => get(SECOND_FACTOR, undefined, signal);

/** @throws ApiError `unauthenticated` for a wrong password */
export function enrolSecondFactor(password: string): Promise<SecondFactorSecret> {
  return call("POST", SECOND_FACTOR, { body: { password } });
}

/**
 * Resolves with the recovery codes.
 * @throws ApiError `unauthenticated` for a wrong code
 */
export async function confirmSecondFactor(code: string): Promise<readonly string[]> {
  return (await call<RecoveryCodes>("POST", `${SECOND_FACTOR}/confirm`, { body: { code } })).recoveryCodes;
}

/**
 * Makes passkeys the second factor; resolves with the recovery codes.
 * @throws ApiError `conflict` without a passkey
 */
export async function turnOnByPasskey(password: string): Promise<readonly string[]> {
  return (await call<RecoveryCodes>("POST", `${SECOND_FACTOR}/passkey`, { body: { password } })).recoveryCodes;
}

/** @throws ApiError `unauthenticated` for a wrong password */
export async function renewRecoveryCodes(password: string): Promise<readonly string[]> {
  return (await call<RecoveryCodes>("POST", `${SECOND_FACTOR}/recovery-codes`, { body: { password } })).recoveryCodes;
}

/** @throws ApiError `unauthenticated` for a wrong password */
export function turnOffSecondFactor(password: string): Promise<void> {
  return call("POST", `${SECOND_FACTOR}/off`, { body: { password } });
}

/** @throws ApiError `unauthenticated` for a wrong password, `invalid-request` for a new password that is too short */
export function changePassword(password: string, newPassword: string): Promise<void> {
  return call("PUT", "/session/password", { body: { password, newPassword } });
}

/** Asks for a code to the new address. @throws ApiError `unauthenticated` for a wrong password */
export function changeEmail(email: string, password: string): Promise<unknown> {
  return call("POST", "/session/email", { body: { email, ...(password !== "" && { password }) } });
}

/** Ends all sign-ins, also the caller's. */
export function signOutEverywhere(): Promise<void> {
  return call("DELETE", "/sessions");
}

/** Proves again who is signed in. @throws ApiError `unauthenticated` for a wrong proof */
export function proveSignIn(proof: SignInProofBody): Promise<void> {
  return call("POST", "/session/proof", { body: proof });
}

/** The OpenID providers by which the person signs in. */
export function listOpenIds(signal?: AbortSignal): Promise<OpenIdList> {
  return get("/session/open-ids", undefined, signal);
}

/** Resolves with the provider's address for the browser. */
export async function beginOpenId(): Promise<string> {
  return (await call<ConnectOpenIdAnswer>("POST", "/session/open-ids")).url;
}

/** @throws ApiError `last-sign-in` if the person has no other way to sign in */
export function disconnectOpenId(link: string): Promise<void> {
  return call("DELETE", `/session/open-ids/${encodeURIComponent(link)}`);
}
