import type { KeyObject } from "node:crypto";
import { type EventLog, lastingDifference } from "@fleetlog/log";
import type { HistoryMark } from "@fleetlog/protocol";
import { signedMark } from "../proofs/mark.ts";
import { rootOf } from "../proofs/tree.ts";
import { type BlockReading, readBlock } from "./block.ts";
import { checkOf } from "./checker.ts";
import { faultOfEntry } from "./fault.ts";
import { type KnownMark, type KnownMarkFile, NO_KNOWN_MARK } from "./known-mark.ts";
import type { MarkBucket } from "./mark-bucket.ts";
import type { Problems } from "./problems.ts";

export interface MarkerOptions extends BlockReading {
  readonly log: Pick<EventLog, "entries" | "state">;
  readonly bucket: MarkBucket;
  readonly known: KnownMarkFile;
  readonly problems: Problems;
}

export interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Reads the marks of other historians, and makes those that are due. */
export class Marker {
  readonly #options: MarkerOptions;
  #known: KnownMark;
  /**
   * Whether the bucket lacks the newest known mark. The mark's file is then not replaced, so that the next start
   * reports the problem again.
   */
  #isLost = false;

  constructor(options: MarkerOptions) {
    this.#options = options;
    this.#known = options.known.read();
  }

  /** Number of the newest mark. */
  get number(): number {
    return this.#known.number;
  }

  /**
   * Checks that the bucket still has the newest mark that this historian knew when it ended. Otherwise reports a problem.
   *
   * @param isEnding returns true when the caller no longer needs the answer
   */
  async resume(isEnding: () => boolean): Promise<void> {
    const { log, bucket, known: file, problems } = this.#options;
    const { number } = this.#known;
    if (number === 0) return;
    const what = await lastingDifference(log, "FLEET", async () =>
      isEnding() ? undefined : this.#differenceFromKnown(),
    );
    if (what === undefined) return;
    const detail = `this historian knew a mark of these events, and ${what}; if the log was replaced on purpose, delete ${file.path} and restart the historian`;
    this.#known = NO_KNOWN_MARK;
    this.#isLost = true;
    problems.add("known mark", { firstSeq: bucket.firstSeqOf(number), lastSeq: bucket.lastSeqOf(number), detail });
  }

  async #differenceFromKnown(): Promise<string | undefined> {
    const { log, bucket } = this.#options;
    const { number, hash } = this.#known;
    const { lastSeq } = await log.state("FLEET");
    if (bucket.lastSeqOf(number) > lastSeq) return `the log ends at ${lastSeq}`;
    const mark = await bucket.get(number);
    if (mark === undefined) return "it is gone";
    return typeof mark === "object" && mark.hash === hash ? undefined : "it differs";
  }

  /** Finds or makes the next mark. @returns false if none is due */
  async next(lastSeq: number, keys: Keys): Promise<boolean> {
    const { bucket, known: file, problems } = this.#options;
    const number = this.#known.number + 1;
    if (bucket.lastSeqOf(number) > lastSeq) return false;
    let mark = await bucket.get(number);
    if (mark === undefined) {
      await bucket.create(await this.#made(number, keys));
      mark = await bucket.get(number);
    }
    if (mark === undefined) throw new Error(`mark ${number} is missing right after it was written`);
    const fault = faultOfEntry(mark, this.#known.hash, keys.publicKey);
    if (fault !== undefined) {
      problems.add(checkOf(number), {
        firstSeq: bucket.firstSeqOf(number),
        lastSeq: bucket.lastSeqOf(number),
        detail: fault,
      });
    }
    const { hash } = mark === "unreadable" ? await this.#made(number, keys) : mark;
    this.#known = { number, hash };
    if (!this.#isLost) file.write(this.#known);
    return true;
  }

  async #made(number: number, { privateKey }: Keys): Promise<HistoryMark> {
    const { bucket } = this.#options;
    const [firstSeq, lastSeq] = [bucket.firstSeqOf(number), bucket.lastSeqOf(number)];
    const { hashes, entries } = await readBlock(this.#options, firstSeq, lastSeq);
    const root = rootOf(hashes).toString("hex");
    return signedMark({ firstSeq, lastSeq, entries, root, previous: this.#known.hash }, privateKey);
  }
}
