import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A catalogue of Fleetlog's own form, signed with a key of the test. */
export interface SignedList {
  /** PEM of the public key. */
  readonly signedBy: string;
  text(packages: readonly object[]): string;
}

export function signedList(): SignedList {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    signedBy: publicKey.export({ type: "spki", format: "pem" }).toString(),
    text: (packages) => textOf(packages, privateKey),
  };
}

function textOf(packages: readonly object[], key: KeyObject): string {
  const header = base64url({ alg: "EdDSA" });
  const payload = base64url({ format: "fleetlog-catalogue", packages });
  const signature = sign(null, Buffer.from(`${header}.${payload}`), key).toString("base64url");
  return JSON.stringify({ protected: header, payload, signature });
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
