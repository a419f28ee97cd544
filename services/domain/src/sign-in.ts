import type { EventTypes } from "./envelope.ts";

/** One event a minute is recorded for each person, type of event, way and network. */
interface Counted {
  /**
   * Id of the person, or of the API key that began the session. Absent if too many people were counted together.
   */
  readonly by?: string;
  /** The person's account; absent for `main`. */
  readonly account?: string;
  /** The last call: `POST /api/session`. */
  readonly call: string;
  /** The address of the last call, without the port. */
  readonly address: string;
  /** Calls since the previous event. */
  readonly count: number;
}

export type SignInWay = "password" | "passkey" | "open-id" | "token";

export interface SignedIn {
  readonly type: "SignedIn";
  readonly data: Counted & {
    readonly way: SignInWay;
    /** The second step after a password: a code (of an app, or a recovery code) or a passkey. */
    readonly secondFactor?: "code" | "passkey";
  };
}
/** One session or the tokens of one log-in have ended. */
export interface SignedOut {
  readonly type: "SignedOut";
  readonly data: Counted;
}
/** A refresh token was used twice, so all tokens of its log-in have ended: somebody may have copied it. */
export interface RefreshTokenReused {
  readonly type: "RefreshTokenReused";
  readonly data: Counted;
}

/** The password was right, but nobody has given the second factor: somebody else may know the password. */
export interface SecondFactorNotGiven {
  readonly type: "SecondFactorNotGiven";
  readonly data: Counted;
}

export type SignInEvent = SignedIn | SignedOut | RefreshTokenReused | SecondFactorNotGiven;

export const signInEvents: EventTypes<SignInEvent> = {
  SignedIn: "access",
  SignedOut: "access",
  RefreshTokenReused: "access",
  SecondFactorNotGiven: "access",
};

/** A text that is no device id, as for refused calls. */
export function entityOfSignIn({ data: { by } }: SignInEvent): string {
  return by === undefined ? "/anonymous" : `/operators/${by}`;
}
