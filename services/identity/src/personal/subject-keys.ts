import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { encodeToken, FleetError } from "@fleetlog/domain";
import { type Buckets, openOnUse, SHARED_BUCKETS } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import type { Sealer } from "../installation/sealer.ts";
import { lookupCache } from "../lookup-cache.ts";

/** A key that another process has erased opens fields here for at most this long. */
const CACHE_TTL_MS = 1_000;
const MAX_CACHED_KEYS = 10_000;

const StoredKey = Type.Union([
  Type.Object({ status: Type.Literal("valid"), key: Type.String() }),
  Type.Object({ status: Type.Literal("erased") }),
]);
type StoredKey = Static<typeof StoredKey>;
const checkStored = checker(StoredKey);

export interface SubjectKeysOptions {
  /** Monotonic milliseconds; default `performance.now`. */
  readonly now?: () => number;
  /**
   * Called when a field can't be opened because the store has lost the key of its subject. Not called for an erased
   * subject, for which the store has a mark in place of the key. Must not throw.
   */
  readonly onLost?: (subject: string) => void;
}

/** The keys of subjects, sealed in the bucket `subject-keys`. */
export class SubjectKeys {
  readonly #bucket: ReturnType<typeof openOnUse>;
  readonly #sealer: Sealer;
  readonly #onLost: (subject: string) => void;
  readonly #cached: ReturnType<typeof lookupCache<KeyObject>>;

  constructor(buckets: Buckets, sealer: Sealer, options: SubjectKeysOptions) {
    this.#bucket = openOnUse(buckets, "subject-keys", SHARED_BUCKETS["subject-keys"]);
    this.#sealer = sealer;
    this.#onLost = options.onLost ?? (() => {});
    this.#cached = lookupCache<KeyObject>({
      ttlMs: CACHE_TTL_MS,
      maxEntries: MAX_CACHED_KEYS,
      now: options.now ?? (() => performance.now()),
    });
  }

  /** The key of a subject; undefined if the subject was erased, or if the store has lost the key. */
  find(subject: string): Promise<KeyObject | undefined> {
    return this.#look(subject, this.#onLost);
  }

  /** Makes the key if there is none. @throws FleetError `conflict` if the subject was erased */
  async findOrMake(subject: string): Promise<KeyObject> {
    const found = await this.#look(subject, () => {});
    if (found !== undefined) return found;
    const key = randomBytes(32).toString("base64url");
    const made = { status: "valid", key: this.#sealer.seal(place(subject), key) } satisfies StoredKey;
    await (await this.#bucket()).create(keyOf(subject), made);
    // Another call may have made the key. `find` could return a look-up that began before that.
    const stored = await this.#read(subject);
    if (stored?.status === "valid") return this.#open(subject, stored.key);
    throw new FleetError("conflict", `${subject} was erased`, { advice: "Make a new person instead." });
  }

  async erase(subject: string): Promise<void> {
    // The entry becomes a mark, so that no process makes a new key. The bucket has no history: the key itself is gone.
    await (await this.#bucket()).put(keyOf(subject), { status: "erased" } satisfies StoredKey);
    this.#cached.clear();
  }

  #look(subject: string, onMissing: (subject: string) => void): Promise<KeyObject | undefined> {
    return this.#cached.get(subject, async () => {
      const stored = await this.#read(subject);
      if (stored === undefined) onMissing(subject);
      return stored?.status === "valid" ? this.#open(subject, stored.key) : undefined;
    });
  }

  async #read(subject: string): Promise<StoredKey | undefined> {
    const checked = checkStored((await (await this.#bucket()).get(keyOf(subject)))?.value);
    return checked.ok ? checked.value : undefined;
  }

  #open(subject: string, sealed: string): KeyObject {
    return createSecretKey(Buffer.from(this.#sealer.open(place(subject), sealed), "base64url"));
  }
}

function place(subject: string) {
  return { purpose: "subject-key", record: subject };
}

function keyOf(subject: string): string {
  return `subject.${encodeToken(subject)}`;
}
