/** Bytes of one write. */
const TOGETHER = 32 * 1024;
/** The compression flag and the length before each message. */
const PREFIX_BYTES = 5;
/** The first byte of a response that is an event: field 1 of `ReadResp`. */
const EVENT = 0x0a;

interface Block {
  readonly bytes: Buffer;
  /** Offsets behind each event. */
  readonly ends: readonly number[];
}

/** Messages of a gRPC response: what comes before the first event, and events in blocks of the size of a write. */
export class Recording {
  #head: Buffer = Buffer.alloc(0);
  readonly #blocks: Block[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #events: Buffer[] = [];
  #bytes = 0;
  #count = 0;

  get events(): number {
    return this.#count;
  }

  add(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + PREFIX_BYTES <= bytes.length) {
      const end = at + PREFIX_BYTES + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      this.#take(bytes.subarray(at, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  /** The recorded events from the first one on, repeated until there are `count`. */
  *repeated(count: number): Generator<Buffer> {
    this.#close();
    if (this.#head.length > 0) yield this.#head;
    for (let left = count; left > 0; ) {
      for (const { bytes, ends } of this.#blocks) {
        const taken = Math.min(left, ends.length);
        if (taken === 0) return;
        left -= taken;
        yield bytes.subarray(0, ends[taken - 1]);
      }
    }
  }

  #take(message: Buffer): void {
    if (message[PREFIX_BYTES] !== EVENT) {
      if (this.#count === 0) this.#head = Buffer.concat([this.#head, message]);
      return;
    }
    this.#count += 1;
    this.#events.push(message);
    this.#bytes += message.length;
    if (this.#bytes >= TOGETHER) this.#close();
  }

  #close(): void {
    if (this.#events.length === 0) return;
    let end = 0;
    const ends = this.#events.map(({ length }) => (end += length));
    this.#blocks.push({ bytes: Buffer.concat(this.#events), ends });
    this.#events = [];
    this.#bytes = 0;
  }
}
