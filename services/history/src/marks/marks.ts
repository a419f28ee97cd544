import { createPublicKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { KeyedSealer } from "@fleetlog/identity";
import type { Backbone, Logger } from "@fleetlog/log";
import type { HistorianHeartbeat, MarkCheck, MarkList, MarkProblem } from "@fleetlog/protocol";
import { publicKeyText } from "../proofs/keys.ts";
import { Checker } from "./checker.ts";
import { KnownMarkFile } from "./known-mark.ts";
import { MarkBucket } from "./mark-bucket.ts";
import { type Keys, Marker } from "./marker.ts";
import { Problems } from "./problems.ts";

export interface MarksOptions {
  readonly backbone: Pick<Backbone, "log" | "buckets">;
  /** The historian's folder. */
  readonly directory: string;
  /** Undefined before the first start of a gateway. */
  readonly openSealer: () => Promise<KeyedSealer | undefined>;
  readonly logger: Logger;
  /** Sequences of a mark, in tests. */
  readonly span?: number;
  /** Milliseconds between two looks at the log; default 2,000. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 2_000;
const PURPOSE = "history marks";
/** Maximum number of marks that one call checks. */
const CHECKED = 50;
/** The pause after the check of a block in the background, as a multiple of the check's duration. */
const REST = 4;
const CHECK_EVERY_MS = 24 * 3_600_000;

/** Signs the log's bytes, and reports bytes that differ from the signed ones. */
export class Marks {
  readonly #options: MarksOptions;
  readonly #bucket: MarkBucket;
  readonly #problems: Problems;
  readonly #marker: Marker;
  readonly #checker: Checker;
  readonly #pauseMs: number;
  readonly #ending = new AbortController();
  #keys: Keys | undefined;
  #keyProblem: string | undefined;
  #checkedThrough = 0;
  #check: { readonly from: number; readonly result: Promise<MarkCheck> } | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: MarksOptions) {
    const { backbone, directory, logger } = options;
    this.#options = options;
    this.#bucket = new MarkBucket(backbone.buckets, options.span);
    this.#problems = new Problems(logger);
    this.#pauseMs = options.pauseMs ?? PAUSE_MS;
    const shared = { log: backbone.log, bucket: this.#bucket, problems: this.#problems, pauseMs: this.#pauseMs };
    this.#marker = new Marker({ ...shared, known: new KnownMarkFile(join(directory, "newest-mark.json")) });
    this.#checker = new Checker(shared);
  }

  start(): void {
    this.#running = Promise.all([this.#follow(), this.#checkAgain()]);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  get bucket(): MarkBucket {
    return this.#bucket;
  }

  /** The state of the marks, for the heartbeat. */
  get report(): NonNullable<HistorianHeartbeat["marks"]> {
    const { first, count: problems } = this.#problems;
    return {
      ...{ through: this.#bucket.lastSeqOf(this.#marker.number), checkedThrough: this.#checkedThrough, problems },
      ...(first !== undefined && { first }),
      ...(this.#keyProblem !== undefined && { keyProblem: this.#keyProblem }),
    };
  }

  /** The keys of the marks. @throws FleetError `history-unavailable` while there is none */
  get keys(): Keys {
    if (this.#keys !== undefined) return this.#keys;
    throw new FleetError("history-unavailable", this.#keyProblem ?? "this historian has no installation key yet", {
      retryAfterMs: PAUSE_MS,
    });
  }

  /** The marks in order, from the one that has the sequence `from`. */
  async list(from: number, limit: number): Promise<MarkList> {
    const first = this.#bucket.numberOf(from);
    const last = Math.min(first + limit - 1, this.#marker.number);
    const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
    const found = await Promise.all(numbers.map((number) => this.#bucket.get(number)));
    return {
      items: found.filter((mark) => typeof mark === "object"),
      next: last < this.#marker.number && last >= first ? this.#bucket.firstSeqOf(last + 1) : null,
      key: this.#keys === undefined ? null : publicKeyText(this.#keys.publicKey),
    };
  }

  /** @throws FleetError `history-unavailable` if another check runs */
  async check(from: number): Promise<MarkCheck> {
    const { publicKey } = this.keys;
    if (this.#check?.from === from) return this.#check.result;
    if (this.#check !== undefined) {
      throw new FleetError("history-unavailable", "another check of the marks runs", { retryAfterMs: 2_000 });
    }
    const result = this.#checked(from, publicKey).finally(() => {
      this.#check = undefined;
    });
    this.#check = { from, result };
    return result;
  }

  async #checked(from: number, key: KeyObject): Promise<MarkCheck> {
    const bucket = this.#bucket;
    const first = bucket.numberOf(from);
    const last = Math.min(first + CHECKED - 1, this.#marker.number);
    const problems: MarkProblem[] = [];
    for (let number = first; number <= last; number++) {
      const problem = await this.#checker.check(number, key);
      if (problem !== undefined) problems.push(problem);
    }
    const firstSeq = bucket.firstSeqOf(first);
    const next = last >= first && last < this.#marker.number ? bucket.firstSeqOf(last + 1) : null;
    return { firstSeq, lastSeq: last < first ? firstSeq - 1 : bucket.lastSeqOf(last), problems, next };
  }

  async #follow(): Promise<void> {
    const { log } = this.#options.backbone;
    let resumed = false;
    await this.#until(async () => {
      this.#keys ??= await this.#openKeys();
      if (this.#keys === undefined) return;
      const { lastSeq } = await log.state("FLEET");
      if (!resumed) await this.#marker.resume(() => this.#ending.signal.aborted);
      resumed = true;
      while (!this.#ending.signal.aborted && (await this.#marker.next(lastSeq, this.#keys)));
    });
  }

  /** Checks the whole log slowly, and again once a day. */
  async #checkAgain(): Promise<void> {
    let [number, begun] = [1, 0];
    await this.#until(async () => {
      while (!this.#ending.signal.aborted && this.#keys !== undefined && number <= this.#marker.number) {
        if (number === 1) begun = performance.now();
        const started = performance.now();
        await this.#checker.check(number, this.#keys.publicKey);
        this.#checkedThrough = this.#bucket.lastSeqOf(number);
        number += 1;
        await this.#sleep((performance.now() - started) * REST);
      }
      if (number > 1 && performance.now() - begun > CHECK_EVERY_MS) number = 1;
    });
  }

  async #until(task: () => Promise<void>): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        await task();
      } catch (error) {
        const away = error instanceof FleetError && error.code.endsWith("unavailable");
        if (!away) this.#options.logger.warn({ err: error }, "could not make or check marks of the log; trying again");
      }
      await this.#sleep(this.#pauseMs);
    }
  }

  async #openKeys(): Promise<Keys | undefined> {
    try {
      const privateKey: KeyObject | undefined = (await this.#options.openSealer())?.signingKey(PURPOSE);
      this.#keyProblem = undefined;
      return privateKey && { privateKey, publicKey: createPublicKey(privateKey) };
    } catch (error) {
      if (error instanceof FleetError) throw error;
      const problem = (error as Error).message;
      if (problem !== this.#keyProblem) {
        this.#options.logger.warn({ err: error }, "without the installation key, this historian signs no marks");
      }
      this.#keyProblem = problem;
      return undefined;
    }
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#ending.signal, ref: false }).catch(() => {});
  }
}
