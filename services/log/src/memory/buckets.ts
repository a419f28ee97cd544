import { FleetError } from "@fleetlog/domain";
import type { Bucket, BucketOptions, Buckets, Entry } from "../buckets.ts";
import type { MemoryBucketStore } from "./bucket-store.ts";
import type { MemoryServer } from "./server.ts";

export class MemoryBuckets implements Buckets {
  readonly #server: MemoryServer;
  readonly #isOpen: () => boolean;

  constructor(server: MemoryServer, isOpen: () => boolean) {
    this.#server = server;
    this.#isOpen = isOpen;
  }

  async open(name: string, options: BucketOptions): Promise<Bucket> {
    const reach = (): MemoryBucketStore => {
      if (this.#isOpen() && this.#server.reachable) return this.#server.bucket(name, options.ttlMs, options.maxBytes);
      throw new FleetError("log-unavailable", `bucket ${name} can't be reached`);
    };
    reach().setTtl(options.ttlMs);
    return new MemoryBucket(reach);
  }
}

class MemoryBucket implements Bucket {
  readonly #reach: () => MemoryBucketStore;

  constructor(reach: () => MemoryBucketStore) {
    this.#reach = reach;
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#reach().get(key);
  }

  async create(key: string, value: unknown): Promise<number | undefined> {
    const store = this.#reach();
    return store.get(key) === undefined ? store.put(key, value) : undefined;
  }

  async put(key: string, value: unknown): Promise<number> {
    return this.#reach().put(key, value);
  }

  async update(key: string, value: unknown, revision: number): Promise<number | undefined> {
    const store = this.#reach();
    return store.get(key)?.revision === revision ? store.put(key, value) : undefined;
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    const store = this.#reach();
    if (revision !== undefined && store.get(key)?.revision !== revision) return false;
    store.delete(key);
    return true;
  }

  async entries(prefix = ""): Promise<Entry[]> {
    return this.#reach().list(prefix);
  }
}
