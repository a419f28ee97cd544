export interface Deadlined {
  /** Time of `performance.now()`, ms. */
  readonly deadline: number;
  /** Called once a second after the deadline. */
  expire(): void;
}

const PERIOD_MS = 1_000;

/** Checks the deadlines of all connections once a second, with one timer. */
export class Sweep {
  readonly #members = new Set<Deadlined>();
  #timer: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#members.size;
  }

  add(member: Deadlined): void {
    this.#members.add(member);
    this.#timer ??= setInterval(() => this.#run(), PERIOD_MS).unref();
  }

  delete(member: Deadlined): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    const now = performance.now();
    for (const member of this.#members) if (now > member.deadline) member.expire();
  }
}
