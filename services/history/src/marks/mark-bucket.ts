import { type Buckets, openOnUse, SHARED_BUCKETS } from "@fleetlog/log";
import type { HistoryMark } from "@fleetlog/protocol";
import { checkMark, SPAN } from "../proofs/mark.ts";

/** The marks of all historians, by their numbers from 1. A mark is never replaced. */
export class MarkBucket {
  readonly #bucket: ReturnType<typeof openOnUse>;
  readonly #span: number;

  /** @param span number of sequences of a mark; only tests set it */
  constructor(buckets: Buckets, span = SPAN) {
    this.#bucket = openOnUse(buckets, "marks", SHARED_BUCKETS.marks);
    this.#span = span;
  }

  firstSeqOf(number: number): number {
    return (number - 1) * this.#span + 1;
  }

  lastSeqOf(number: number): number {
    return number * this.#span;
  }

  numberOf(seq: number): number {
    return Math.ceil(seq / this.#span);
  }

  /** @returns `unreadable` for an entry that is not a mark of these sequences */
  async get(number: number): Promise<HistoryMark | "unreadable" | undefined> {
    const entry = await (await this.#bucket()).get(keyOf(number));
    if (entry === undefined) return undefined;
    const checked = checkMark(entry.value);
    if (!checked.ok) return "unreadable";
    const { firstSeq, lastSeq } = checked.value;
    return firstSeq === this.firstSeqOf(number) && lastSeq === this.lastSeqOf(number) ? checked.value : "unreadable";
  }

  /** Keeps the existing mark if another historian was first. */
  async create(mark: HistoryMark): Promise<void> {
    await (await this.#bucket()).create(keyOf(this.numberOf(mark.lastSeq)), mark);
  }
}

function keyOf(number: number): string {
  return `mark.${number}`;
}
