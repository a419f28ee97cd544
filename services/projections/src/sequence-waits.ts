import { FleetError } from "@fleetlog/domain";

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: FleetError) => void;
}

/** Queries that wait until the views are built up to a sequence. */
export class SequenceWaits {
  readonly #waiters = new Set<Waiter>();
  #reached = 0;

  /** @throws FleetError `view-behind` after `limitMs`, `view-unavailable` if the projector stops first */
  until(seq: number, limitMs: number): Promise<void> {
    if (seq <= this.#reached) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => end(() => reject(this.#behind(seq))), limitMs);
      const end = (settle: () => void) => {
        clearTimeout(late);
        this.#waiters.delete(waiter);
        settle();
      };
      const waiter: Waiter = { seq, resolve: () => end(resolve), reject: (error) => end(() => reject(error)) };
      this.#waiters.add(waiter);
    });
  }

  /** @param seq lower than before if the views are built again */
  reach(seq: number): void {
    this.#reached = seq;
    for (const waiter of [...this.#waiters]) if (waiter.seq <= seq) waiter.resolve();
  }

  close(): void {
    const error = new FleetError("view-unavailable", "this projector has stopped answering queries", {
      retryAfterMs: 1_000,
    });
    for (const waiter of [...this.#waiters]) waiter.reject(error);
  }

  #behind(seq: number): FleetError {
    return new FleetError("view-behind", `the views are built up to ${this.#reached}, not yet to ${seq}`, {
      advice: "Query again a little later, or without `atLeast`.",
      retryAfterMs: 1_000,
    });
  }
}
