import { timingSafeEqual } from "node:crypto";
import type { Sealer } from "../../installation/sealer.ts";
import { refused } from "./certificate.ts";

const LIFETIME_MS = 86_400_000;
const PURPOSE = "registration code of an authority";
/** At most 64 characters, since a code becomes a common name. */
const PATTERN = /^fl-([0-9a-z]{1,12})-([A-Za-z0-9_-]{43})$/;

/**
 * Codes that a customer signs with an authority's key. No code is stored: each contains its expiry and a keyed hash.
 */
export class RegistrationCodes {
  readonly #sealer: Pick<Sealer, "hash">;
  readonly #clock: () => number;

  constructor(sealer: Pick<Sealer, "hash">, clock: () => number) {
    this.#sealer = sealer;
    this.#clock = clock;
  }

  make(account: string): { readonly code: string; readonly until: number } {
    const until = this.#clock() + LIFETIME_MS;
    return { code: `fl-${until.toString(36)}-${this.#hash(account, until)}`, until };
  }

  /** @throws FleetError `invalid-request` for an expired code or one of another account */
  mustBeOf(account: string, code: string): void {
    const [, time = "", hash = ""] = PATTERN.exec(code) ?? [];
    const until = Number.parseInt(time, 36);
    const expected = Buffer.from(this.#hash(account, until));
    const given = Buffer.from(hash);
    const isOfAccount = given.length === expected.length && timingSafeEqual(given, expected);
    if (!isOfAccount) throw refused("code", "it is not a code for this account");
    if (this.#clock() >= until) throw refused("code", "it has expired; ask for another");
  }

  #hash(account: string, until: number): string {
    return this.#sealer.hash(PURPOSE, `${account} ${until}`);
  }
}
