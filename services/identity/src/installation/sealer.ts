import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import { decrypt, encrypt } from "./aes.ts";

/** First characters of everything sealed; another scheme gets another version. */
const VERSION = "v1.";

/** Where something sealed is kept. What was sealed for one place can't be opened as another's. */
export interface SealedPlace {
  /** What it is for, such as `subject-key` or `totp`: each purpose has a key of its own. A constant of the code. */
  readonly purpose: string;
  /** The key of the record that contains it. */
  readonly record: string;
}

/** Seals secrets that can't be hashed, with keys derived from the installation key. */
export interface Sealer {
  seal(place: SealedPlace, plaintext: string): string;
  /** @throws FleetError `internal` if it was altered, moved to another place, or sealed with another installation key */
  open(place: SealedPlace, sealed: string): string;
  /**
   * A keyed hash, to look up a value that must not be stored: equal values have equal hashes, and nobody can try values
   * without the installation key. The caller normalises the text (lower case, for an email address).
   */
  hash(purpose: string, text: string): string;
}

/** A sealer, with the id by which people recognise its key. */
export interface KeyedSealer extends Sealer {
  /** Says which key this is, but nothing about its bytes. */
  readonly keyId: string;
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
