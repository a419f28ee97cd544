import { Framer } from "../wire/framer.ts";

export interface PacketIntakeOwner {
  /** Bytes of a packet that may come now. */
  readonly limit: number;
  /** Protocol level, 0 before CONNECT. */
  readonly level: number;
  readonly closed: boolean;
  /** Whether a packet may be handled now; false puts it back, and a hold must follow. */
  admits(packet: Buffer): boolean;
  /** Nothing more is handled until the promise, where there is one, has settled. */
  handle(packet: Buffer): Promise<void> | undefined;
  failed(error: unknown): void;
  /** Whether to read from the peer. */
  read(reading: boolean): void;
  /** The peer has sent something, or is read from again. */
  alive(): void;
}

/** Why nothing is read from a peer at the moment; bits. */
export const HOLD = {
  /** A packet is being handled whose answer must come before the next packet is read. */
  busy: 1,
  /** As many reports as may be are on their way to the log. */
  storing: 2,
  /** The log takes nothing. */
  log: 4,
  /** The device is over its rate. */
  rate: 8,
  /** The peer does not read what it is sent. */
  drain: 16,
} as const;

/** What comes in on one connection: cut into packets, handled one after the other, and not read while anything holds it. */
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

  /** Forgets what was not handled. */
  clear(): void {
    this.#framer.clear();
  }

  isHeld(why: number): boolean {
    return (this.#holds & why) !== 0;
  }

  /** Stops reading until every hold is released; what was read stays where it is. */
  hold(why: number): void {
    this.#holds |= why;
    if (!this.#pumping) this.#read(false);
  }

  /** Returns whether it was held so. */
  release(why: number): boolean {
    if ((this.#holds & why) === 0) return false;
    this.#holds &= ~why;
    if (this.#holds === 0 && !this.#owner.closed) this.#pump(true);
    return true;
  }

  /** @param resumed the peer was not read from: its silence counts from now on */
  #pump(resumed: boolean): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const owner = this.#owner;
    let heard = resumed;
    try {
      while (this.#holds === 0 && !owner.closed) {
        const packet = this.#framer.next(owner.limit, owner.level);
        if (packet === undefined) break;
        if (!owner.admits(packet)) {
          this.#framer.unread(packet);
          break;
        }
        heard = true;
        const later = owner.handle(packet);
        if (later !== undefined) this.#waitFor(later);
      }
    } catch (error) {
      owner.failed(error);
    } finally {
      this.#pumping = false;
    }
    if (owner.closed) return;
    if (this.#holds !== 0) {
      this.#read(false);
      return;
    }
    this.#framer.compact();
    if (heard) owner.alive();
    this.#read(true);
  }

  #waitFor(later: Promise<void>): void {
    this.hold(HOLD.busy);
    later.then(
      () => this.release(HOLD.busy),
      (error: unknown) => this.#owner.failed(error),
    );
  }

  #read(reading: boolean): void {
    if (this.#reading === reading) return;
    this.#reading = reading;
    this.#owner.read(reading);
  }
}
