import type { SealedText } from "./personal.ts";

export interface About {
  readonly person: string;
  readonly by: string;
}

/** From now on, sign-in needs a code that changes with time, or a passkey. */
export interface PersonSecondFactorTurnedOn {
  readonly type: "PersonSecondFactorTurnedOn";
  readonly data: About;
}
export interface PersonSecondFactorTurnedOff {
  readonly type: "PersonSecondFactorTurnedOff";
  readonly data: About;
}
/** The new codes replace earlier codes. */
export interface PersonRecoveryCodesMade {
  readonly type: "PersonRecoveryCodesMade";
  readonly data: About;
}
export interface PersonRecoveryCodeUsed {
  readonly type: "PersonRecoveryCodeUsed";
  readonly data: About & { readonly left: number };
}
export interface PersonSignedOut {
  readonly type: "PersonSignedOut";
  readonly data: About;
}

interface PasskeyRef {
  /** Id of the passkey, made by Fleetlog. */
  readonly passkey: string;
}
/** The person can also sign in by this passkey. */
export interface PersonPasskeyAdded {
  readonly type: "PersonPasskeyAdded";
  readonly data: About &
    PasskeyRef & {
      readonly name: SealedText;
      /** The host for which browsers offer the passkey. */
      readonly site: string;
      /** COSE key, as base64url. */
      readonly publicKey: string;
    };
}
export interface PersonPasskeyRenamed {
  readonly type: "PersonPasskeyRenamed";
  readonly data: About & PasskeyRef & { readonly name: SealedText };
}
export interface PersonPasskeyRemoved {
  readonly type: "PersonPasskeyRemoved";
  readonly data: About & PasskeyRef;
}
/** A sign-in was refused because the passkey's counter had not gone up: somebody may have copied the passkey. */
export interface PersonPasskeyRefused {
  readonly type: "PersonPasskeyRefused";
  readonly data: About & PasskeyRef & { readonly counter: number; readonly lastCounter: number };
}

/** The person can also sign in by this OpenID provider. */
export interface PersonOpenIdLinked {
  readonly type: "PersonOpenIdLinked";
  /** `link` names this connection; absent from the oldest events. */
  readonly data: About & { readonly issuer: string; readonly link?: string };
}
/** The person can no longer sign in by that connection. */
export interface PersonOpenIdUnlinked {
  readonly type: "PersonOpenIdUnlinked";
  readonly data: About & { readonly issuer: string; readonly link: string };
}

export type PersonSignInEvent =
  | PersonSecondFactorTurnedOn
  | PersonSecondFactorTurnedOff
  | PersonRecoveryCodesMade
  | PersonRecoveryCodeUsed
  | PersonSignedOut
  | PersonPasskeyAdded
  | PersonPasskeyRenamed
  | PersonPasskeyRemoved
  | PersonPasskeyRefused
  | PersonOpenIdLinked
  | PersonOpenIdUnlinked;
