import { encodeToken, FleetError, type MailPurpose, type SealedText } from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse, SHARED_BUCKETS } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import type { Sealer } from "../installation/sealer.ts";
import { sameText } from "../tokens.ts";
import { newOneTimeCode } from "./one-time-code.ts";

/**
 * Maximum number of wrong tries: so low that nobody guesses 49 random bits, and so high that nobody uses up another's
 * code.
 */
const MAX_TRIES = 10_000;
const UPDATE_ATTEMPTS = 8;
const NOBODY = "nobody";
/** Limit of mails of one purpose to a person. */
const MAILS = { burst: 5, refillMs: 600_000 };

/**
 * `invitation` and `reset` set a password, `confirmation` and `email-change` confirm an address. `known` and
 * `email-notice` only count mails.
 */
export type CodePurpose = MailPurpose;
const PURPOSES = {
  ...{ invitation: true, confirmation: true, reset: true, known: true },
  ...{ "email-change": true, "email-notice": true },
} satisfies Record<CodePurpose, true>;
const ALL = Object.keys(PURPOSES) as readonly CodePurpose[];

const Stored = Type.Object({
  /** Keyed hash; empty without a code. */
  hash: Type.String(),
  until: Type.Integer(),
  tries: Type.Integer(),
  /** Id of the mail to send; `sealed` is its code. */
  mail: Type.Optional(Type.String()),
  sealed: Type.Optional(Type.String()),
  /** Argon2id hash of the password that this code sets. */
  password: Type.Optional(Type.String()),
  /** The address that this code confirms, sealed with the person's key. */
  email: Type.Optional(Type.Object({ subject: Type.String(), sealed: Type.String() })),
  /** Mails left at `countedAt`. */
  mails: Type.Number(),
  countedAt: Type.Integer(),
});
type Stored = Static<typeof Stored>;
const check = checker(Stored);

export interface CodeRequest {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Id of the mail with the code. Until the mail is sent, {@link PersonCodes.forMail} reads the code. */
  readonly mail?: string;
  /** Argon2id hash: see {@link FoundCode.password}. */
  readonly password?: string;
  /** See {@link FoundCode.email}. */
  readonly email?: SealedText;
  /** 32 random bytes: equal ones make an equal code. */
  readonly random?: Buffer;
}

/** A right and unused code. */
export interface FoundCode {
  readonly person: string;
  readonly purpose: CodePurpose;
  /** Identifies the code without revealing it. */
  readonly id: string;
  /** Argon2id hash. */
  readonly password?: string;
  /** The address that the code confirms. */
  readonly email?: SealedText;
}

/** One-time codes of people, one for each purpose: a new code replaces the old. */
export class PersonCodes {
  readonly #bucket: () => Promise<Bucket>;
  readonly #sealer: Sealer;
  readonly #clock: () => number;

  constructor(buckets: Buckets, sealer: Sealer, clock: () => number = Date.now) {
    this.#bucket = openOnUse(buckets, "people-codes", SHARED_BUCKETS["people-codes"]);
    this.#sealer = sealer;
    this.#clock = clock;
  }

  async make(person: string, purpose: CodePurpose, request: CodeRequest): Promise<string> {
    const code = await this.#make(person, purpose, request, () => true);
    if (code === undefined) throw busy();
    return code;
  }

  /**
   * As `make`, for a mail. Over the limit of mails it resolves with false, and the last code stays valid. So nobody can
   * flood a mailbox, or replace another person's codes faster than they can be used.
   */
  async makeForMail(
    person: string,
    purpose: CodePurpose,
    request: CodeRequest & { readonly mail: string },
  ): Promise<boolean> {
    return (await this.#make(person, purpose, request, ({ mails }) => mails >= 1)) !== undefined;
  }

  /** For an unknown address: takes as long as {@link makeForMail}. */
  async makeForNobody(): Promise<void> {
    const bucket = await this.#bucket();
    await bucket.get(keyOf(NOBODY, "reset"));
    await bucket.put(keyOf(NOBODY, "reset"), this.#none());
  }

  /**
   * Finds a right code of these purposes, or counts a wrong try. Does the same work for an unknown address (no
   * `person`).
   */
  async find(
    person: string | undefined,
    purposes: readonly CodePurpose[],
    code: string,
  ): Promise<FoundCode | undefined> {
    for (const purpose of purposes) {
      const found = await this.#try(person, purpose, code);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Ends this code. A newer code for the purpose stays valid. */
  async used({ person, purpose, id }: FoundCode): Promise<void> {
    await this.#change(person, purpose, (stored) =>
      stored.hash === id ? { hash: "", until: 0, tries: 0, mails: stored.mails, countedAt: stored.countedAt } : stored,
    );
  }

  /** The code for a mail; undefined if the mail was sent, or the code was used or replaced or has expired. */
  async forMail(person: string, purpose: CodePurpose, mail: string): Promise<string | undefined> {
    const stored = this.#parsed((await (await this.#bucket()).get(keyOf(person, purpose)))?.value);
    if (stored.mail !== mail || stored.sealed === undefined || stored.until <= this.#clock()) return undefined;
    return this.#sealer.open(placeOf(person, purpose), stored.sealed);
  }

  /** Deletes the sealed code; its hash stays. */
  async sent(person: string, purpose: CodePurpose, mail: string): Promise<void> {
    await this.#change(person, purpose, (stored) => {
      const { mail: waiting, sealed: _, ...others } = stored;
      return waiting === mail ? others : stored;
    });
  }

  /** Ends all codes of the person, or only the codes of some purposes. */
  async end(person: string, purposes = ALL): Promise<void> {
    const bucket = await this.#bucket();
    for (const purpose of purposes) await bucket.delete(keyOf(person, purpose));
  }

  async #try(person: string | undefined, purpose: CodePurpose, code: string): Promise<FoundCode | undefined> {
    const bucket = await this.#bucket();
    const nobodys = keyOf(NOBODY, purpose);
    const key = person === undefined ? nobodys : keyOf(person, purpose);
    const id = this.#hash(person ?? NOBODY, purpose, code);
    // The loop ends when this try is counted: giving up with an error would reveal that somebody has the address. Each
    // repetition means that another try was counted.
    for (;;) {
      const entry = await bucket.get(key);
      const stored = this.#parsed(entry?.value);
      const right = sameText(id, stored.hash) && stored.tries < MAX_TRIES && stored.until > this.#clock();
      if (right && person !== undefined) {
        const { password, email } = stored;
        return { person, purpose, id, ...(password !== undefined && { password }), ...(email && { email }) };
      }
      // Without an entry there is nothing to count, but the write takes as long.
      const written =
        entry === undefined || person === undefined
          ? await bucket.put(nobodys, this.#none())
          : await bucket.update(key, { ...stored, tries: stored.tries + 1 }, entry.revision);
      if (written !== undefined) return undefined;
    }
  }

  async #make(
    person: string,
    purpose: CodePurpose,
    { until, mail, password, email, random }: CodeRequest,
    allowed: (before: Stored) => boolean,
  ): Promise<string | undefined> {
    const code = newOneTimeCode(random);
    const made = await this.#change(person, purpose, (before) => {
      const counted = this.#counted(before);
      if (!allowed(counted)) return before;
      return {
        hash: this.#hash(person, purpose, code),
        until,
        tries: 0,
        ...(mail !== undefined && { mail, sealed: this.#sealer.seal(placeOf(person, purpose), code) }),
        ...(password !== undefined && { password }),
        ...(email !== undefined && { email }),
        mails: mail === undefined ? counted.mails : counted.mails - 1,
        countedAt: counted.countedAt,
      };
    });
    return made.hash === this.#hash(person, purpose, code) ? code : undefined;
  }

  async #change(person: string, purpose: CodePurpose, change: (stored: Stored) => Stored): Promise<Stored> {
    const bucket = await this.#bucket();
    const key = keyOf(person, purpose);
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const entry = await bucket.get(key);
      const changed = change(this.#parsed(entry?.value));
      const written =
        entry === undefined ? await bucket.create(key, changed) : await bucket.update(key, changed, entry.revision);
      if (written !== undefined) return changed;
    }
    throw busy();
  }

  #parsed(value: unknown): Stored {
    const checked = check(value);
    return checked.ok ? checked.value : this.#none();
  }

  #none(): Stored {
    return { hash: "", until: 0, tries: 0, mails: MAILS.burst, countedAt: this.#clock() };
  }

  #counted(stored: Stored): Stored {
    const now = this.#clock();
    const mails = Math.min(MAILS.burst, stored.mails + Math.max(0, now - stored.countedAt) / MAILS.refillMs);
    return { ...stored, mails, countedAt: now };
  }

  #hash(person: string, purpose: CodePurpose, code: string): string {
    return this.#sealer.hash("person-code", JSON.stringify([person, purpose, code.trim().toUpperCase()]));
  }
}

function busy(): FleetError {
  return new FleetError("conflict", "the code is being used elsewhere", { advice: "Try again." });
}

function placeOf(person: string, purpose: CodePurpose) {
  return { purpose: "person-code", record: keyOf(person, purpose) };
}

function keyOf(person: string, purpose: CodePurpose): string {
  return `${purpose}.${encodeToken(person)}`;
}
