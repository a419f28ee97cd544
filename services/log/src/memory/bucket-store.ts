import { FleetError } from "@fleetlog/domain";
import type { Entry } from "../buckets.ts";

interface StoredValue {
  readonly json: string;
  readonly revision: number;
  readonly at: number;
}

export class MemoryBucketStore {
  readonly #clock: () => number;
  #ttlMs: number | undefined;
  readonly #maxBytes: number;
  readonly #entries = new Map<string, StoredValue>();
  #revision = 0;

  constructor(clock: () => number, ttlMs: number | undefined, maxBytes: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#maxBytes = maxBytes;
  }

  setTtl(ttlMs: number | undefined): void {
    this.#ttlMs = ttlMs ?? this.#ttlMs;
  }

  get(key: string): Entry | undefined {
    this.#expire();
    const kept = this.#entries.get(key);
    return kept === undefined ? undefined : { key, value: JSON.parse(kept.json), revision: kept.revision };
  }

  put(key: string, value: unknown): number {
    this.#expire();
    const json = JSON.stringify(value ?? null);
    let bytes = key.length + json.length;
    for (const [other, kept] of this.#entries) bytes += other.length + kept.json.length;
    if (bytes > this.#maxBytes) throw new FleetError("log-full", "the bucket is full");
    const revision = ++this.#revision;
    this.#entries.set(key, { json, revision, at: this.#clock() });
    return revision;
  }

  delete(key: string): void {
    this.#revision += 1;
    this.#entries.delete(key);
  }

  list(prefix: string): Entry[] {
    this.#expire();
    return [...this.#entries]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, { json, revision }]) => ({ key, value: JSON.parse(json), revision }));
  }

  #expire(): void {
    if (this.#ttlMs === undefined) return;
    const oldest = this.#clock() - this.#ttlMs;
    for (const [key, { at }] of this.#entries) if (at <= oldest) this.#entries.delete(key);
  }
}
