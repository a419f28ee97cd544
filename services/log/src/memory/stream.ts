import type { StreamName } from "@fleetlog/domain";
import type { Appended, StreamState } from "../log.ts";
import type { StreamDeclaration } from "../streams.ts";

export interface StoredEntry {
  readonly seq: number;
  readonly subject: string;
  readonly json: string;
  /** Time of storage in milliseconds since 1970. */
  readonly at: number;
}

export interface NewEntry {
  readonly id: string;
  readonly subject: string;
  readonly json: string;
  readonly expectedLastSeq: number | undefined;
}

export type AppendOutcome = Appended | "conflict" | "full";

export class MemoryStream {
  readonly name: StreamName;
  readonly #declaration: StreamDeclaration | undefined;
  readonly #clock: () => number;
  readonly #entries: StoredEntry[] = [];
  #first = 1;
  #last = 0;
  #bytes = 0;
  readonly #lastSeqBySubject = new Map<string, number>();
  readonly #idsInWindow = new Map<string, { readonly seq: number; readonly at: number }>();

  constructor(name: StreamName, declaration: StreamDeclaration | undefined, clock: () => number) {
    this.name = name;
    this.#declaration = declaration;
    this.#clock = clock;
  }

  /** Checks for a duplicate id before the expected sequence, as JetStream does. */
  append(entry: NewEntry): AppendOutcome {
    const now = this.#clock();
    this.#expire(now);
    const seen = this.#idsInWindow.get(entry.id);
    if (seen !== undefined) return { seq: seen.seq, duplicate: true };
    const { expectedLastSeq: expected, subject, json } = entry;
    if (expected !== undefined && expected !== (this.#lastSeqBySubject.get(subject) ?? 0)) return "conflict";
    const declaration = this.#declaration;
    if (declaration !== undefined && this.#bytes + json.length > declaration.maxBytes) {
      if (declaration.whenFull === "refuse-new") return "full";
      while (this.#entries.length > 0 && this.#bytes + json.length > declaration.maxBytes) this.#dropOldest();
    }
    const seq = ++this.#last;
    this.#entries.push({ seq, subject, json, at: now });
    this.#bytes += json.length;
    this.#lastSeqBySubject.set(subject, seq);
    this.#idsInWindow.set(entry.id, { seq, at: now });
    return { seq, duplicate: false };
  }

  at(seq: number): StoredEntry | undefined {
    return this.#entries[seq - this.#first];
  }

  lastOf(subject: string): StoredEntry | undefined {
    const seq = this.#lastSeqBySubject.get(subject);
    return seq === undefined ? undefined : this.at(seq);
  }

  /** The first sequence stored at or after a time; without one, the last sequence plus one. */
  seqAt(time: number): number {
    return this.#entries.find((entry) => entry.at >= time)?.seq ?? this.#last + 1;
  }

  get state(): StreamState {
    const { length: events } = this.#entries;
    const maxBytes = this.#declaration?.maxBytes;
    const replicas = this.#declaration?.replicas ?? 1;
    return { firstSeq: this.#first, lastSeq: this.#last, events, bytes: this.#bytes, maxBytes, replicas };
  }

  #expire(now: number): void {
    const window = this.#declaration?.duplicateWindowMs ?? 120_000;
    for (const [id, { at }] of this.#idsInWindow) {
      if (at > now - window) break;
      this.#idsInWindow.delete(id);
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
    if (this.#lastSeqBySubject.get(dropped.subject) === dropped.seq) this.#lastSeqBySubject.delete(dropped.subject);
  }
}
