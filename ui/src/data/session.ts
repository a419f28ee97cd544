import type { ChangeNamesBody, PasskeyAssertion, SessionInfo, SignUpInfo } from "@fleetlog/protocol";
import { call, get } from "./api.ts";
import { ApiError } from "./problem.ts";

export type { SessionInfo, SignUpInfo };
export type NamesChange = ChangeNamesBody;

/**
 * null when signed out.
 * @throws ApiError if the gateway does not answer
 */
export async function currentSession(): Promise<SessionInfo | null> {
  try {
    return await get<SessionInfo>("/session");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/**
 * Exchanges a token for the session cookie.
 * @throws ApiError `unauthenticated`, `rate-limited`
 */
export async function signIn(token: string): Promise<SessionInfo> {
  await call<void>("POST", "/session", { body: { token } });
  return get<SessionInfo>("/session");
}

/** @throws ApiError as {@link signIn}, and `second-factor-required` */
export async function signInByPassword(
  email: string,
  password: string,
  second: { readonly otp?: string | undefined; readonly passkey?: PasskeyAssertion } = {},
): Promise<SessionInfo> {
  await call<void>("POST", "/session", { body: { email, password, ...second } });
  return get<SessionInfo>("/session");
}

/** @throws ApiError `unauthenticated`, `rate-limited` */
export async function signInByPasskey(passkey: PasskeyAssertion): Promise<SessionInfo> {
  await call<void>("POST", "/session", { body: { passkey } });
  return get<SessionInfo>("/session");
}

/**
 * Sets a password by a one-time code.
 * @throws ApiError `unauthenticated`, `rate-limited`, `invalid-request`
 */
export function resetPassword(reset: { email: string; code: string; password: string }): Promise<void> {
  return call<void>("POST", "/people/reset", { body: reset });
}

export function signUpInfo(): Promise<SignUpInfo> {
  return get<SignUpInfo>("/people/sign-up");
}

export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly userName?: string;
}

/** Requests a mail with a code. The answer is the same for a known address. */
export function signUp(body: SignUp): Promise<unknown> {
  return call("POST", "/people/sign-up", { body });
}

/** @throws ApiError `unauthenticated`, `rate-limited` */
export function confirmPerson(body: { email: string; code: string }): Promise<void> {
  return call<void>("POST", "/people/confirm", { body });
}

/** Requests a mail with a code for a new password. The answer is the same for an unknown address. */
export function forgotPassword(email: string): Promise<unknown> {
  return call("POST", "/people/forgot", { body: { email } });
}

/** Only the person who is signed in with the installation's token may call this. */
export function setFirstPassword(email: string, password: string): Promise<void> {
  return call<void>("POST", "/session/person", { body: { email, password } });
}

export function changeNames(body: NamesChange): Promise<SessionInfo> {
  return call("PATCH", "/session", { body });
}

/** @throws ApiError `unauthenticated` for a wrong code, `person-exists` */
export function confirmEmail(code: string): Promise<SessionInfo> {
  return call("POST", "/session/email/confirm", { body: { code } });
}

export function signOut(): Promise<void> {
  return call<void>("DELETE", "/session");
}
