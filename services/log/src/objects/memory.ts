import { FleetError } from "@fleetlog/domain";
import { type Digests, Hasher } from "./digests.ts";
import { type ByteRange, checkId, type ObjectStore, objectNotFound, storageFull } from "./object-store.ts";

export class MemoryObjects implements ObjectStore {
  readonly #objects = new Map<string, Buffer>();
  readonly #maxBytes: number;
  #writing = 0;
  #reachable = true;

  constructor({ maxBytes = Number.POSITIVE_INFINITY }: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = maxBytes;
  }

  get ids(): readonly string[] {
    return [...this.#objects.keys()];
  }

  get bytes(): number {
    return [...this.#objects.values()].reduce((sum, { length }) => sum + length, this.#writing);
  }

  set reachable(reachable: boolean) {
    this.#reachable = reachable;
  }

  async write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<Digests> {
    this.#reach();
    checkId(id);
    const hasher = new Hasher();
    const parts: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const part of bytes) {
        if (this.bytes + part.length > this.#maxBytes) throw storageFull();
        size += part.length;
        this.#writing += part.length;
        hasher.update(part);
        parts.push(part);
      }
      this.#reach();
    } finally {
      this.#writing -= size;
    }
    this.#objects.set(id, Buffer.concat(parts));
    return hasher.digests();
  }

  async *read(id: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    this.#reach();
    const found = this.#objects.get(checkId(id));
    if (found === undefined) throw objectNotFound(id);
    const { start, end } = range ?? { start: 0, end: found.length };
    for (let at = start; at < end; at += 1_000) yield found.subarray(at, Math.min(at + 1_000, end));
  }

  async remove(id: string): Promise<void> {
    this.#reach();
    this.#objects.delete(checkId(id));
  }

  async close(): Promise<void> {}

  #reach(): void {
    if (!this.#reachable) throw new FleetError("log-unavailable", "the objects can't be reached");
  }
}
