export interface OpenCommand {
  readonly command: string;
  readonly device: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Epoch of the session that it was last delivered in; 0 before that. */
  epoch: number;
  /** False once it has ended; its place in the heap is given up later. */
  open: boolean;
}

const FEW = 1_024;

/**
 * The open commands with the nearest deadlines, at most so many: a binary heap by deadline and an index by id. Past the
 * limit those with the farthest deadlines are let go, and everything from that deadline on, the horizon, is not
 * tracked; when all that was tracked has ended, the rest has to be read again (`isSpent`).
 */
export class OpenCommands {
  readonly #limit: number;
  readonly #byId = new Map<string, OpenCommand>();
  #heap: OpenCommand[] = [];
  #horizon = Number.POSITIVE_INFINITY;

  constructor(limit = 1_000_000) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byId.size;
  }

  get isSpent(): boolean {
    return this.#byId.size === 0 && this.#horizon !== Number.POSITIVE_INFINITY;
  }

  /** The nearest deadline. */
  get next(): number | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.open) return first.deadline;
      this.#pop();
    }
    return undefined;
  }

  get(command: string): OpenCommand | undefined {
    return this.#byId.get(command);
  }

  /** `deadline` that is no moment (NaN) never comes. */
  add(command: string, device: string, deadline: number, epoch = 0): void {
    if (this.#byId.has(command) || !(deadline < this.#horizon)) return;
    const added = { command, device, deadline, epoch, open: true };
    this.#byId.set(command, added);
    this.#push(added);
    if (this.#byId.size > this.#limit) this.#letGo();
  }

  end(command: string): void {
    const ended = this.#byId.get(command);
    if (ended === undefined) return;
    ended.open = false;
    this.#byId.delete(command);
    if (this.#heap.length > 2 * this.#byId.size + FEW) this.#rebuild([...this.#byId.values()]);
  }

  /** Takes out at most so many whose deadline is here, nearest first. */
  takeDue(now: number, atMost: number): OpenCommand[] {
    const due: OpenCommand[] = [];
    while (due.length < atMost) {
      const next = this.next;
      if (next === undefined || next > now) break;
      const first = this.#pop();
      if (first === undefined) break;
      this.#byId.delete(first.command);
      due.push(first);
    }
    return due;
  }

  #letGo(): void {
    const nearest = [...this.#byId.values()].sort((a, b) => a.deadline - b.deadline);
    const far = nearest.splice(Math.ceil((this.#limit * 3) / 4));
    for (const { command } of far) this.#byId.delete(command);
    this.#horizon = far[0]?.deadline ?? this.#horizon;
    this.#rebuild(nearest);
  }

  #rebuild(entries: OpenCommand[]): void {
    // A sorted array is a heap.
    this.#heap = entries.sort((a, b) => a.deadline - b.deadline);
  }

  #push(added: OpenCommand): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(added);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.deadline <= added.deadline) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = added;
  }

  #pop(): OpenCommand | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const child = deadlineAt(heap, left + 1) < deadlineAt(heap, left) ? left + 1 : left;
      const lower = heap[child];
      if (lower === undefined || lower.deadline >= last.deadline) break;
      heap[place] = lower;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function deadlineAt(heap: readonly OpenCommand[], place: number): number {
  return heap[place]?.deadline ?? Number.POSITIVE_INFINITY;
}
