import { randomUUID } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import type { RepeatableRequest } from "@fleetlog/fleet";
import type { Sealer } from "@fleetlog/identity";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import { TokenBuckets } from "@fleetlog/runtime";
import Type, { type Static } from "typebox";

const BUCKET = { maxBytes: 128 * 1024 ** 2, ttlMs: 3_600_000 };
/** A request that has run for longer counts as interrupted by a crash. */
const RUNNING_MS = 120_000;
/** Maximum size of a kept answer: NATS accepts at most 1 MiB, and sealing makes an answer a third longer. */
const MAX_BYTES = 512 * 1_024;
/**
 * On this node, an account may add this many bytes at once, and the same number again in each hour. So at most 8 MiB of
 * an account's answers by this node are kept; the bucket has 128 MiB for all nodes and accounts.
 */
const SHARE_BYTES = 4 * 1024 ** 2;
const SHARE = { burst: SHARE_BYTES, refillMs: BUCKET.ttlMs / SHARE_BYTES, keys: 10_000 };
/** Upper bound of an entry's size without its answer. */
const ENTRY_BYTES = 512;
const PURPOSE = "answer to a repeated request";

const Answer = Type.Object({
  status: Type.Integer(),
  headers: Type.Record(Type.String(), Type.String()),
  /** Undefined: too large to be kept. */
  body: Type.Optional(Type.String()),
  /** SHA-256 of the request's body, if that was a stream. */
  sent: Type.Optional(Type.String()),
});
export type Answer = Static<typeof Answer>;
const checkAnswer = checker(Answer);

const Entry = Type.Object({
  /** Keyed hash of the request. */
  request: Type.String(),
  startedAt: Type.Number(),
  /** Random. The ids and secrets that the request makes are derived from it, so they are equal in every run. */
  seed: Type.Optional(Type.String()),
  /** When the first run began. */
  since: Type.Optional(Type.Number()),
  /** Sealed, because it may contain secrets. Absent while the request runs. */
  answer: Type.Optional(Type.String()),
});
type Entry = Static<typeof Entry>;
const checkEntry = checker(Entry);

type Started = Entry & Required<Pick<Entry, "seed" | "since">>;

/** A request that now runs under its key. */
export interface Running {
  readonly id: string;
  readonly entry: Started;
  readonly revision: number;
  readonly account: string;
}

export type Begun =
  | { readonly state: "new"; readonly running: Running }
  | { readonly state: "answered"; readonly answer: Answer }
  | { readonly state: "running" }
  | { readonly state: "other-request" };

/** Answers to requests with an idempotency key. They are kept for an hour, and any node can give them again. */
export class KeptAnswers {
  readonly #bucket: ReturnType<typeof openOnUse>;
  readonly #sealer: Sealer;
  readonly #clock: () => number;
  readonly #shares: TokenBuckets;

  constructor(buckets: Buckets, sealer: Sealer, clock: () => number) {
    this.#bucket = openOnUse(buckets, "idempotency-keys", BUCKET);
    this.#sealer = sealer;
    this.#clock = clock;
    this.#shares = new TokenBuckets(SHARE, clock);
  }

  /**
   * @param name identifies the entry: the caller, the route and the caller's key
   * @param request must be equal when the key is used again
   * @throws FleetError `rate-limited` for a new key, if the account has used up its share of the bucket
   */
  async begin(name: string, request: string, account: string): Promise<Begun> {
    const wait = this.#shares.tryTake(account, ENTRY_BYTES);
    const begun = await this.#begin(name, request, account, wait);
    if (begun.state !== "new" && wait === 0) this.#shares.give(account, ENTRY_BYTES);
    return begun;
  }

  async #begin(name: string, request: string, account: string, wait: number): Promise<Begun> {
    const bucket = await this.#bucket();
    const id = this.#sealer.hash("idempotency key", name);
    const startedAt = this.#clock();
    const hashed = this.#sealer.hash("idempotent request", request);
    const entry: Started = { request: hashed, startedAt, seed: randomUUID(), since: startedAt };
    for (;;) {
      const created = wait === 0 ? await bucket.create(id, entry) : undefined;
      if (created !== undefined) return { state: "new", running: { id, entry, revision: created, account } };
      const found = await bucket.get(id);
      if (found === undefined && wait > 0) throw tooMany(wait);
      // The entry that `create` met was deleted before `get`, so `create` may succeed now.
      if (found === undefined) continue;
      const checked = checkEntry(found.value);
      const before = checked.ok ? checked.value : undefined;
      if (before !== undefined && before.request !== entry.request) return { state: "other-request" };
      if (before?.answer !== undefined) return { state: "answered", answer: this.#open(id, before.answer) };
      if (before !== undefined && entry.startedAt - before.startedAt < RUNNING_MS) return { state: "running" };
      const again = { ...entry, seed: before?.seed ?? entry.seed, since: before?.since ?? startedAt };
      const taken = await bucket.update(id, again, found.revision);
      if (taken !== undefined) return { state: "new", running: { id, entry: again, revision: taken, account } };
    }
  }

  /** Keeps the answer without its body if that is too large for an entry or for the account's share. */
  async keep({ id, entry, revision, account }: Running, { body, ...answer }: Answer): Promise<void> {
    const bytes = body === undefined ? 0 : Buffer.byteLength(body);
    // The factor: sealing makes the body a third longer.
    const isKept = body !== undefined && bytes <= MAX_BYTES && this.#shares.tryTake(account, (bytes * 4) / 3) === 0;
    const text = JSON.stringify(isKept ? { ...answer, body } : answer);
    const sealed = this.#sealer.seal({ purpose: PURPOSE, record: id }, text);
    await (await this.#bucket()).update(id, { ...entry, answer: sealed }, revision);
  }

  /** Equal in all runs of the request. */
  repeatableRequest({ entry: { seed, since } }: Running): RepeatableRequest {
    const bytes = (purpose: string) =>
      Buffer.from(this.#sealer.hash("made by an idempotent request", JSON.stringify([seed, purpose])), "base64url");
    return { bytes, since };
  }

  /**
   * Call this if the request may have been performed in part: the next request with its key then completes it without
   * waiting.
   */
  async interrupted({ id, entry, revision }: Running): Promise<void> {
    await (await this.#bucket()).update(id, { ...entry, startedAt: 0 }, revision);
  }

  /**
   * Call this for a refused request, so that the next request with its key is performed. If another run of the request has
   * begun since, the entry belongs to that run, and stays.
   */
  async forget({ id, account, revision }: Running): Promise<void> {
    this.#shares.give(account, ENTRY_BYTES);
    await (await this.#bucket()).delete(id, revision);
  }

  #open(id: string, sealed: string): Answer {
    const checked = checkAnswer(JSON.parse(this.#sealer.open({ purpose: PURPOSE, record: id }, sealed)));
    if (!checked.ok) throw new Error("a kept answer can't be read");
    return checked.value;
  }
}

function tooMany(retryAfterMs: number): FleetError {
  return new FleetError(
    "rate-limited",
    "too many answers to requests with idempotency keys are kept for this account",
    {
      advice: "Wait, or send the request without Idempotency-Key.",
      retryAfterMs,
    },
  );
}
