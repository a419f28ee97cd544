// @simplewebauthn/server loads an X.509 library that needs this polyfill before.
import "reflect-metadata";

import type { PasskeyAssertion, PasskeyCreation } from "@fleetlog/protocol";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { decodeAttestationObject, isoCBOR } from "@simplewebauthn/server/helpers";
import { CHALLENGE_MS } from "./challenges.ts";
import { nobodysKey } from "./nobodys-key.ts";
import type { RelyingParty } from "./relying-party.ts";

/** EdDSA, ES256 and RS256: every authenticator has one of them. */
const ALGORITHMS = [-8, -7, -257];
const TRANSPORTS = ["ble", "hybrid", "internal", "nfc", "usb"] as const;
/** Maximum length of a key: more than an RSA key of 4096 bits has, as base64url. */
const LONGEST_KEY = 1_024;

type Transport = (typeof TRANSPORTS)[number];
type IsValid = (challenge: string) => boolean;

export interface Known {
  readonly credential: string;
  readonly transports: readonly string[];
}

export interface NewCredential extends Known {
  readonly publicKey: string;
  readonly counter: number;
  readonly challenge: string;
}

export async function registrationOptions(
  { id: rpID }: RelyingParty,
  owner: { readonly id: string; readonly email: string; readonly name: string },
  challenge: string,
  known: readonly Known[],
): Promise<Readonly<Record<string, unknown>>> {
  const options = await generateRegistrationOptions({
    rpName: "Fleetlog",
    rpID,
    userID: new TextEncoder().encode(owner.id),
    userName: owner.email,
    userDisplayName: owner.name,
    challenge,
    timeout: CHALLENGE_MS,
    attestationType: "none",
    excludeCredentials: known.map(({ credential, transports }) => ({
      id: credential,
      transports: transports.filter(isTransport),
    })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return { ...options };
}

/** The browser offers all its passkeys for the site. */
export async function signInOptions(
  { id: rpID }: RelyingParty,
  challenge: string,
): Promise<Readonly<Record<string, unknown>>> {
  const asked = { rpID, challenge, timeout: CHALLENGE_MS, userVerification: "required" } as const;
  return { ...(await generateAuthenticationOptions(asked)) };
}

/** Undefined for an invalid answer or challenge. */
export async function newCredentialOf(
  { id: expectedRPID, origins }: RelyingParty,
  { id, rawId, type, response }: PasskeyCreation,
  isValid: IsValid,
): Promise<NewCredential | undefined> {
  let challenge = "";
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId,
        type,
        clientExtensionResults: {},
        response: {
          clientDataJSON: response.clientDataJSON,
          attestationObject: withoutAttestation(response.attestationObject),
        },
      },
      expectedChallenge: (encoded) => {
        challenge = textOf(encoded);
        return isValid(challenge);
      },
      expectedOrigin: [...origins],
      expectedRPID,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (registrationInfo === undefined) return undefined;
    const { id: credential, publicKey, counter } = registrationInfo.credential;
    if (credential !== id || publicKey.length > LONGEST_KEY) return undefined;
    const transports = (response.transports ?? []).filter(isTransport);
    return { credential, transports, publicKey: encoded(publicKey), counter, challenge };
  } catch {
    return undefined;
  }
}

/**
 * Undefined for an invalid answer or challenge. Does the same work for an unknown passkey, which has no `publicKey`.
 */
export async function assertionOf(
  { id: expectedRPID, origins }: RelyingParty,
  { id, rawId, type, response }: PasskeyAssertion,
  publicKey: string | undefined,
  isValid: IsValid,
): Promise<{ readonly challenge: string; readonly counter: number } | undefined> {
  let challenge = "";
  try {
    const { clientDataJSON, authenticatorData, signature } = response;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId,
        type,
        clientExtensionResults: {},
        response: { clientDataJSON, authenticatorData, signature },
      },
      expectedChallenge: (text) => {
        challenge = textOf(text);
        return isValid(challenge);
      },
      expectedOrigin: [...origins],
      expectedRPID,
      requireUserVerification: true,
      // The store compares the counter, so any counter is accepted here.
      credential: { id, publicKey: publicKey === undefined ? nobodysKey() : decoded(publicKey), counter: 0 },
    });
    return verified && publicKey !== undefined ? { challenge, counter: authenticationInfo.newCounter } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Removes the statement about the authenticator's maker: the library would fetch revocation lists from addresses in the
 * statement.
 */
function withoutAttestation(attestationObject: string): string {
  const authData = decodeAttestationObject(decoded(attestationObject)).get("authData");
  const none = new Map<string, string | Uint8Array | Map<string, string>>([
    ["fmt", "none"],
    ["attStmt", new Map()],
    ["authData", authData],
  ]);
  return encoded(isoCBOR.encode(none));
}

function isTransport(text: string): text is Transport {
  return (TRANSPORTS as readonly string[]).includes(text);
}

function textOf(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString();
}

function encoded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

function decoded(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64url"));
}
