import { createPrivateKey, generateKeyPair, type KeyObject, webcrypto } from "node:crypto";
import { promisify } from "node:util";
import type { LibraryKey } from "./x509.ts";

const generate = promisify(generateKeyPair);

export const KEY_TYPES = ["P-256", "RSA-2048"] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export async function newKeys(type: KeyType = "P-256"): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return type === "P-256" ? generate("ec", { namedCurve: "P-256" }) : generate("rsa", { modulusLength: 2_048 });
}

/** PKCS #8 in PEM. */
export function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

export interface Signer {
  readonly key: LibraryKey;
  readonly algorithm: { readonly name: string; readonly hash: string };
}

/** @throws Error for keys other than P-256 and RSA */
export async function signerOf(pem: string): Promise<Signer> {
  const key = createPrivateKey(pem);
  const isRsa = key.asymmetricKeyType === "rsa";
  const algorithm = isRsa
    ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
    : { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const bytes = key.export({ format: "der", type: "pkcs8" });
  const signing = await webcrypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"]);
  return { key: signing as LibraryKey, algorithm };
}
