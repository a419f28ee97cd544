import { createHmac, createPrivateKey, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import { decrypt, encrypt } from "./aes.ts";

const VERSION = "v1.";

/** The bytes before an Ed25519 seed in PKCS #8 (RFC 8410, section 7). */
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** Where a sealed text is kept. It can't be opened for another place. */
export interface SealedPlace {
  /** A constant of the code, such as `totp`. Each purpose has its own derived key. */
  readonly purpose: string;
  readonly record: string;
}

/** Seals secrets that can't be hashed, with keys derived from the installation key. */
export interface Sealer {
  seal(place: SealedPlace, plaintext: string): string;
  /** @throws FleetError `internal` if the text was altered, moved, or sealed with another installation key */
  open(place: SealedPlace, sealed: string): string;
  /**
   * A keyed hash, for look-ups of values that must not be stored. Nobody can try values without the installation key.
   * The caller normalises the text first: for example, it changes an email address to lower case.
   */
  hash(purpose: string, text: string): string;
}

/** A sealer that identifies its key. */
export interface KeyedSealer extends Sealer {
  readonly keyId: string;
  /** An Ed25519 private key for a purpose, the same in all processes with the installation key. */
  signingKey(purpose: string): KeyObject;
}

/** @param installationKey 32 random bytes */
export function sealerOf(installationKey: Buffer): KeyedSealer {
  const root = createSecretKey(installationKey);
  const derived = new Map<string, KeyObject>();
  const derive = (use: string): KeyObject => {
    let key = derived.get(use);
    if (key === undefined) {
      key = createSecretKey(Buffer.from(hkdfSync("sha256", root, "fleetlog", use, 32)));
      derived.set(use, key);
    }
    return key;
  };
  const hash = (purpose: string, text: string) =>
    createHmac("sha256", derive(`hash/${purpose}`))
      .update(text)
      .digest("base64url");

  return {
    keyId: hash("installation key", "id").slice(0, 12),
    hash,
    signingKey(purpose) {
      const key = Buffer.concat([ED25519_PKCS8, derive(`sign/${purpose}`).export()]);
      return createPrivateKey({ key, format: "der", type: "pkcs8" });
    },
    seal: ({ purpose, record }, plaintext) => VERSION + encrypt(derive(`seal/${purpose}`), record, plaintext),
    open({ purpose, record }, sealed) {
      const known = sealed.startsWith(VERSION);
      const opened = known ? decrypt(derive(`seal/${purpose}`), record, sealed.slice(VERSION.length)) : undefined;
      if (opened !== undefined) return opened;
      throw new FleetError("internal", `what is sealed for ${purpose} ${record} can't be opened`, {
        advice: "It was altered, or sealed with another installation key.",
      });
    },
  };
}
