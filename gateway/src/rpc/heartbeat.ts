/** A connection that the heartbeat checks. */
export interface HeartbeatTarget {
  checkAlive(): void;
}

const SLOTS = 16;

/** A sixteenth of the connections is checked at each tick, so that 100,000 devices are not pinged at once. */
export class Heartbeat {
  readonly #slots: readonly Set<HeartbeatTarget>[] = Array.from({ length: SLOTS }, () => new Set<HeartbeatTarget>());
  readonly #timer: NodeJS.Timeout;
  #turn = 0;
  #next = 0;

  constructor(intervalMs: number) {
    this.#timer = setInterval(() => this.#tick(), intervalMs / SLOTS);
  }

  add(connection: HeartbeatTarget): number {
    const slot = this.#next;
    this.#next = (slot + 1) % SLOTS;
    this.#slots[slot]?.add(connection);
    return slot;
  }

  remove(connection: HeartbeatTarget, slot: number): void {
    this.#slots[slot]?.delete(connection);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const turn = this.#turn;
    this.#turn = (turn + 1) % SLOTS;
    for (const connection of this.#slots[turn] ?? []) connection.checkAlive();
  }
}
