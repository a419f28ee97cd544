import { randomBytes } from "node:crypto";
import { type Bucket, type Buckets, openOnUse } from "@fleetlog/log";
import type { Sealer } from "../../installation/sealer.ts";
import { hashOf, sameText } from "../../tokens.ts";

export const CHALLENGE_MS = 5 * 60_000;
/** The bucket has used challenges only. They are kept longer than CHALLENGE_MS, because clocks of nodes differ. */
const BUCKET = { maxBytes: 16 * 1024 ** 2, ttlMs: 3 * CHALLENGE_MS };
const PATTERN = /^(\d{1,15})\.[A-Za-z0-9_-]{22}\.([A-Za-z0-9_-]{43})$/;

/**
 * Challenges for passkeys, valid on all nodes: each contains its expiry and a keyed hash. Only used ones are stored.
 */
export class PasskeyChallenges {
  readonly #bucket: () => Promise<Bucket>;
  readonly #sealer: Sealer;
  readonly #clock: () => number;

  constructor(buckets: Buckets, sealer: Sealer, clock: () => number) {
    this.#bucket = openOnUse(buckets, "passkey-challenges", BUCKET);
    this.#sealer = sealer;
    this.#clock = clock;
  }

  make(purpose: string): string {
    const text = `${this.#clock() + CHALLENGE_MS}.${randomBytes(16).toString("base64url")}`;
    return `${text}.${this.#hash(purpose, text)}`;
  }

  /** Whether the challenge is for this purpose and has not ended. It may have been used. */
  isValid(purpose: string, challenge: string): boolean {
    const [, until, hash] = PATTERN.exec(challenge) ?? [];
    if (until === undefined || hash === undefined) return false;
    const text = challenge.slice(0, -hash.length - 1);
    return sameText(hash, this.#hash(purpose, text)) && Number(until) > this.#clock();
  }

  /** False if the challenge was used before, on any node. */
  async use(challenge: string): Promise<boolean> {
    return (await (await this.#bucket()).create(`used.${hashOf(challenge)}`, {})) !== undefined;
  }

  #hash(purpose: string, text: string): string {
    return this.#sealer.hash("passkey-challenge", JSON.stringify([purpose, text]));
  }
}
