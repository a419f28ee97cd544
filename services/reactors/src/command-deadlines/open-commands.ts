export interface OpenCommand {
  readonly command: string;
  readonly device: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Sequence of its CommandIssued: which of two with one deadline comes first. */
  readonly seq: number;
  /** Epoch of the session that it was last delivered in; 0 before that. */
  epoch: number;
  /** Id of that session's SessionOpened, if the delivery has it. */
  session?: string | undefined;
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

  /** A deadline that is no moment (NaN) never comes. */
  add(issued: Omit<OpenCommand, "open">): void {
    if (this.#byId.has(issued.command) || !(issued.deadline < this.#horizon)) return;
    const { command, device, deadline, seq, epoch, session } = issued;
    const added = { command, device, deadline, seq, epoch, session, open: true };
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
    const nearest = [...this.#byId.values()].sort(inOrder);
    const far = nearest.splice(Math.ceil((this.#limit * 3) / 4));
    for (const { command } of far) this.#byId.delete(command);
    this.#horizon = far[0]?.deadline ?? this.#horizon;
    this.#rebuild(nearest);
  }

  #rebuild(entries: OpenCommand[]): void {
    // A sorted array is a heap.
    this.#heap = entries.sort(inOrder);
  }

  #push(added: OpenCommand): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(added);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || inOrder(parent, added) <= 0) break;
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
      let child = left;
      let lower = heap[left];
      const right = heap[left + 1];
      if (lower !== undefined && right !== undefined && inOrder(right, lower) < 0) [child, lower] = [left + 1, right];
      if (lower === undefined || inOrder(lower, last) >= 0) break;
      heap[place] = lower;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function inOrder(a: OpenCommand, b: OpenCommand): number {
  return a.deadline - b.deadline || a.seq - b.seq;
}
