import { Framer } from "../wire/framer.ts";

/** The connection, as its intake uses it. */
export interface PacketIntakeOwner {
  /** Largest packet that is accepted now, bytes. */
  readonly limit: number;
  /** Protocol level, 0 before CONNECT. */
  readonly level: number;
  readonly closed: boolean;
  /** Whether CONNECT is being handled. Reading goes on meanwhile, so that the gateway notices when the peer closes. */
  readonly opening: boolean;
  /**
   * Whether the packet may be handled now. If not, the owner must call `hold` before it returns false, and `release`
   * later. Until then the packet stays in the buffer; afterwards it is offered again.
   */
  admits(packet: Buffer): boolean;
  /** Handles a packet. If it returns a promise, the next packet is handled after the promise has settled. */
  handle(packet: Buffer): Promise<void> | undefined;
  /** Called when the framer, `admits` or `handle` has failed. */
  failed(error: unknown): void;
  /** Starts or stops reading from the peer. */
  read(reading: boolean): void;
  /** Called when the peer has sent a packet, or when reading resumes: the peer's keep-alive time starts again. */
  alive(): void;
}

/** Reasons for not reading from a peer, as bits. */
export const HOLD = {
  /** The current packet must be handled to its end before the next packet. */
  busy: 1,
  /** The connection's limit of reports on their way to the log is reached. */
  storing: 2,
  /** The log accepts no reports at the moment. */
  log: 4,
  /** The device has exceeded its rate limit. */
  rate: 8,
  /** The peer reads too slowly. */
  drain: 16,
} as const;

/** Largest number of bytes that are read ahead while CONNECT is handled. */
const READ_AHEAD = 64 * 1_024;

/**
 * Cuts the bytes of one connection into packets, and passes the packets to the owner one by one. Stops reading while
 * there is a {@link HOLD}.
 */
export class PacketIntake {
  readonly #owner: PacketIntakeOwner;
  readonly #framer = new Framer();
  #holds = 0;
  #pumping = false;
  #reading = true;

  constructor(owner: PacketIntakeOwner) {
    this.#owner = owner;
  }

  push(chunk: Buffer): void {
    this.#framer.push(chunk);
    this.#pump(false);
  }

  /** Drops bytes that are not handled yet. */
  clear(): void {
    this.#framer.clear();
  }

  isHeld(why: number): boolean {
    return (this.#holds & why) !== 0;
  }

  /** Stops reading until every hold is released. Bytes that are already read stay in the buffer. */
  hold(why: number): void {
    this.#holds |= why;
    if (!this.#pumping) this.#readAhead();
  }

  release(why: number): void {
    if ((this.#holds & why) === 0) return;
    this.#holds &= ~why;
    if (this.#holds === 0 && !this.#owner.closed) this.#pump(true);
  }

  /**
   * Handles packets until the next packet is incomplete or there is a hold.
   * @param resumed reading was stopped, so `alive` is called even if no packet is handled
   */
  #pump(resumed: boolean): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const owner = this.#owner;
    let alive = resumed;
    try {
      while (this.#holds === 0 && !owner.closed) {
        const packet = this.#framer.next(owner.limit, owner.level);
        if (packet === undefined) break;
        if (!owner.admits(packet)) {
          this.#framer.unread(packet);
          break;
        }
        alive = true;
        const handled = owner.handle(packet);
        if (handled !== undefined) this.#waitFor(handled);
      }
    } catch (error) {
      owner.failed(error);
    } finally {
      this.#pumping = false;
    }
    if (owner.closed) return;
    if (this.#holds !== 0) {
      this.#readAhead();
      return;
    }
    this.#framer.compact();
    if (alive) owner.alive();
    this.#read(true);
  }

  #waitFor(handled: Promise<void>): void {
    this.hold(HOLD.busy);
    handled.then(
      () => this.release(HOLD.busy),
      (error: unknown) => this.#owner.failed(error),
    );
  }

  /** Call while there is a hold: reads on only while CONNECT is handled, and only `READ_AHEAD` bytes. */
  #readAhead(): void {
    this.#read(this.#owner.opening && this.#holds === HOLD.busy && this.#framer.waiting < READ_AHEAD);
  }

  #read(reading: boolean): void {
    if (this.#reading === reading) return;
    this.#reading = reading;
    this.#owner.read(reading);
  }
}
