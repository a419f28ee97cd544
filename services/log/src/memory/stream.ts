import type { StreamName } from "@fleetlog/domain";
import type { Appended, StreamState } from "../log.ts";
import type { StreamDeclaration } from "../streams.ts";

export interface StoredEntry {
  readonly seq: number;
  readonly subject: string;
  readonly json: string;
  /** Milliseconds since the epoch: when it was stored. */
  readonly at: number;
}

export interface Offer {
  readonly id: string;
  readonly subject: string;
  readonly json: string;
  readonly expectedLastSeq: number | undefined;
}

export type Verdict = Appended | "conflict" | "full";

/** One stream as JetStream keeps it, in an array: limits, duplicate window, expected sequence of a subject. */
export class MemoryStream {
  readonly name: StreamName;
  readonly #declaration: StreamDeclaration | undefined;
  readonly #clock: () => number;
  readonly #entries: StoredEntry[] = [];
  #first = 1;
  #last = 0;
  #bytes = 0;
  readonly #lastOf = new Map<string, number>();
  readonly #seen = new Map<string, { readonly seq: number; readonly at: number }>();

  constructor(name: StreamName, declaration: StreamDeclaration | undefined, clock: () => number) {
    this.name = name;
    this.#declaration = declaration;
    this.#clock = clock;
  }

  /** In JetStream's order: an id that it knows is a duplicate, whatever else is expected. */
  offer(offer: Offer): Verdict {
    const now = this.#clock();
    this.#forget(now);
    const seen = this.#seen.get(offer.id);
    if (seen !== undefined) return { seq: seen.seq, duplicate: true };
    const { expectedLastSeq: expected, subject, json } = offer;
    if (expected !== undefined && expected !== (this.#lastOf.get(subject) ?? 0)) return "conflict";
    const declaration = this.#declaration;
    if (declaration !== undefined && this.#bytes + json.length > declaration.maxBytes) {
      if (declaration.whenFull === "refuse-new") return "full";
      while (this.#entries.length > 0 && this.#bytes + json.length > declaration.maxBytes) this.#dropOldest();
    }
    const seq = ++this.#last;
    this.#entries.push({ seq, subject, json, at: now });
    this.#bytes += json.length;
    this.#lastOf.set(subject, seq);
    this.#seen.set(offer.id, { seq, at: now });
    return { seq, duplicate: false };
  }

  /** The entry with this sequence, if it is kept. */
  at(seq: number): StoredEntry | undefined {
    return this.#entries[seq - this.#first];
  }

  lastOf(subject: string): StoredEntry | undefined {
    const seq = this.#lastOf.get(subject);
    return seq === undefined ? undefined : this.at(seq);
  }

  /** The first sequence stored at or after the moment; one past the last if there is none. */
  seqAt(moment: number): number {
    return this.#entries.find((entry) => entry.at >= moment)?.seq ?? this.#last + 1;
  }

  get state(): StreamState {
    const { length: events } = this.#entries;
    const maxBytes = this.#declaration?.maxBytes;
    return { firstSeq: this.#first, lastSeq: this.#last, events, bytes: this.#bytes, maxBytes };
  }

  #forget(now: number): void {
    const window = this.#declaration?.duplicateWindowMs ?? 120_000;
    for (const [id, { at }] of this.#seen) {
      if (at > now - window) break;
      this.#seen.delete(id);
    }
    const age = this.#declaration?.maxAgeMs;
    if (age === undefined) return;
    for (let entry = this.#entries[0]; entry !== undefined && entry.at <= now - age; entry = this.#entries[0]) {
      this.#dropOldest();
    }
  }

  #dropOldest(): void {
    const dropped = this.#entries.shift();
    if (dropped === undefined) return;
    this.#first = dropped.seq + 1;
    this.#bytes -= dropped.json.length;
    if (this.#lastOf.get(dropped.subject) === dropped.seq) this.#lastOf.delete(dropped.subject);
  }
}
