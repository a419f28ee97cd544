import { Framer } from "../wire/framer.ts";

/** The connection, as its intake sees it. */
export interface PacketIntakeOwner {
  /** In bytes. */
  readonly limit: number;
  /** Protocol level; 0 before CONNECT. */
  readonly level: number;
  readonly closed: boolean;
  /** Whether CONNECT is being handled. Reading continues, to notice a close by the peer. */
  readonly opening: boolean;
  /**
   * Whether the packet may be handled now. If not, the owner must call `hold`. The packet is offered again after
   * `release`.
   */
  admits(packet: Buffer): boolean;
  /** If a promise is returned, the next packet waits for it. */
  handle(packet: Buffer): Promise<void> | undefined;
  failed(error: unknown): void;
  read(reading: boolean): void;
  /** The peer has sent a packet, or reading resumes: the keep-alive starts again. */
  alive(): void;
}

/** Reasons for not reading from a peer: bits. */
export const HOLD = {
  /** The handling of a packet is not finished. */
  busy: 1,
  /** Too many of the connection's reports wait for the log. */
  storing: 2,
  /** A report arrived while the log was congested. */
  log: 4,
  /** The device or its account has exceeded its rate. */
  rate: 8,
  /** The peer reads too slowly. */
  drain: 16,
} as const;

/** Maximum bytes that are read while CONNECT is handled. */
const READ_AHEAD = 64 * 1_024;

/** Splits a connection's bytes into packets for the owner. Stops reading while there is a {@link HOLD}. */
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

  clear(): void {
    this.#framer.clear();
  }

  isHeld(why: number): boolean {
    return (this.#holds & why) !== 0;
  }

  hold(why: number): void {
    this.#holds |= why;
    if (!this.#pumping) this.#readAhead();
  }

  release(why: number): void {
    if ((this.#holds & why) === 0) return;
    this.#holds &= ~why;
    if (this.#holds === 0 && !this.#owner.closed) this.#pump(true);
  }

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

  #readAhead(): void {
    this.#read(this.#owner.opening && this.#holds === HOLD.busy && this.#framer.waiting < READ_AHEAD);
  }

  #read(reading: boolean): void {
    if (this.#reading === reading) return;
    this.#reading = reading;
    this.#owner.read(reading);
  }
}
