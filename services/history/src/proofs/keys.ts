import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** The 32 bytes of an Ed25519 public key in base64url. */
export function publicKeyText(key: KeyObject): string {
  const { x } = key.type === "private" ? createPublicKey(key).export({ format: "jwk" }) : key.export({ format: "jwk" });
  if (x === undefined) throw new TypeError("not an Ed25519 key");
  return x;
}

/** @returns undefined for a text that is not a key */
export function parsePublicKey(text: string): KeyObject | undefined {
  if (!/^[\w-]{43}$/.test(text)) return undefined;
  try {
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text }, format: "jwk" });
  } catch {
    return undefined;
  }
}

export function isSignedBy(key: KeyObject, message: Uint8Array, signature: string): boolean {
  return verify(null, message, key, Buffer.from(signature, "base64url"));
}
