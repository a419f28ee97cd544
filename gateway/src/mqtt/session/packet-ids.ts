/** A set of packet identifiers (1 to 65,535). It uses 8 KiB, or no memory while it is empty. */
export class PacketIds {
  #bits: Uint8Array | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    return this.#bits !== undefined && ((this.#bits[id >> 3] as number) & (1 << (id & 7))) !== 0;
  }

  add(id: number): void {
    if (this.has(id)) return;
    this.#bits ??= new Uint8Array(8_192);
    this.#bits[id >> 3] = (this.#bits[id >> 3] as number) | (1 << (id & 7));
    this.#size++;
  }

  delete(id: number): boolean {
    if (this.#bits === undefined || !this.has(id)) return false;
    this.#bits[id >> 3] = (this.#bits[id >> 3] as number) & ~(1 << (id & 7));
    if (--this.#size === 0) this.#bits = undefined;
    return true;
  }

  *[Symbol.iterator](): Generator<number> {
    if (this.#bits === undefined) return;
    for (let id = 1; id <= 0xffff; id++) if (this.has(id)) yield id;
  }
}
