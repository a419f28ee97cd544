import type { EntryFrame } from "../connection/entry-frames.ts";

const SMALLEST = 4 * 1024;

/** Some entries of a stream, in its order. */
export interface Entries {
  readonly length: number;
  seq(i: number): number;
  /** The number of matching entries after it. */
  pending(i: number): number;
  subject(i: number): string;
  /** The payload as text. */
  json(i: number): string;
}

/**
 * Entries in one buffer: thousands of message objects that wait for their turn would survive garbage collections, which
 * takes longer than parsing them.
 */
export class EntryBuffer {
  #bytes = Buffer.allocUnsafeSlow(SMALLEST);
  #used = 0;
  readonly #seqs: number[] = [];
  readonly #pending: number[] = [];
  /** For each entry, where its subject begins, and its payload. */
  readonly #starts: number[] = [];

  get length(): number {
    return this.#seqs.length;
  }

  add({ bytes, subjectFrom, subjectTo, payloadFrom, payloadTo, seq, pending }: EntryFrame): void {
    const start = this.#used;
    const payload = start + subjectTo - subjectFrom;
    const end = payload + payloadTo - payloadFrom;
    if (end > this.#bytes.length) this.#grow(end);
    bytes.copy(this.#bytes, start, subjectFrom, subjectTo);
    bytes.copy(this.#bytes, payload, payloadFrom, payloadTo);
    this.#used = end;
    this.#seqs.push(seq);
    this.#pending.push(pending);
    this.#starts.push(start, payload);
  }

  clear(): void {
    // A large buffer is kept while it is needed.
    const { length } = this.#bytes;
    if (length > SMALLEST && this.#used < length / 4)
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(SMALLEST, Math.floor(length / 2)));
    this.#used = 0;
    this.#seqs.length = 0;
    this.#pending.length = 0;
    this.#starts.length = 0;
  }

  /** Valid until {@link clear}. */
  slice(from: number, length: number): Entries {
    return {
      length,
      seq: (i) => this.#seqs[from + i] ?? 0,
      pending: (i) => this.#pending[from + i] ?? 0,
      subject: (i) => this.#text(2 * (from + i)),
      json: (i) => this.#text(2 * (from + i) + 1),
    };
  }

  #text(part: number): string {
    return this.#bytes.toString("utf8", this.#starts[part], this.#starts[part + 1] ?? this.#used);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}
