import { CATEGORIES, type StreamName, streamOf } from "@fleetlog/domain";
import type { StreamDeclaration } from "../streams.ts";
import { MemoryBucketStore } from "./bucket-store.ts";
import { MemoryRouter } from "./router.ts";
import { MemoryStream } from "./stream.ts";

export interface MemoryServerOptions {
  readonly clock?: () => number;
  readonly streams?: readonly StreamDeclaration[];
  /** The most bytes of an event; default 1 MiB, as in nats-server. */
  readonly maxPayload?: number;
}

/** Replaces nats-server in tests; all backbones share it. */
export class MemoryServer {
  readonly clock: () => number;
  readonly maxPayload: number;
  readonly router = new MemoryRouter();
  readonly #streams: ReadonlyMap<StreamName, MemoryStream>;
  readonly #buckets = new Map<string, MemoryBucketStore>();
  readonly #listeners = new Set<() => void>();
  #reachable = true;
  #hasSpace = true;

  constructor(options: MemoryServerOptions = {}) {
    this.clock = options.clock ?? Date.now;
    this.maxPayload = options.maxPayload ?? 1024 * 1024;
    const names = new Set(CATEGORIES.map(streamOf));
    this.#streams = new Map(
      [...names].map((name) => {
        const declaration = options.streams?.find((stream) => stream.name === name);
        return [name, new MemoryStream(name, declaration, this.clock)] as const;
      }),
    );
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  get hasSpace(): boolean {
    return this.#hasSpace;
  }

  stream(name: StreamName): MemoryStream {
    const stream = this.#streams.get(name);
    if (stream === undefined) throw new RangeError(`no stream ${name}`);
    return stream;
  }

  bucket(name: string, ttlMs: number | undefined, maxBytes: number): MemoryBucketStore {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new MemoryBucketStore(this.clock, ttlMs, maxBytes);
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  set(change: { readonly reachable?: boolean; readonly hasSpace?: boolean }): void {
    this.#reachable = change.reachable ?? this.#reachable;
    this.#hasSpace = change.hasSpace ?? this.#hasSpace;
    this.changed();
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
