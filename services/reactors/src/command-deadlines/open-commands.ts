export interface OpenCommand {
  readonly command: string;
  readonly device: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** The sequence of its CommandIssued, which orders commands with equal deadlines. */
  readonly seq: number;
  /** The epoch of the last delivery's session; 0 before the first delivery. */
  epoch: number;
  /** The session of its last delivery, by the id of its SessionOpened. */
  session?: string | undefined;
  open: boolean;
}

/** With fewer ended entries than this, the heap is not rebuilt. */
const MIN_ENDED_TO_REBUILD = 1_024;

/**
 * The open commands, by deadline. Above a limit, the commands with the latest deadlines are dropped, and further commands
 * with such deadlines are ignored. When all tracked commands have ended, the dropped ones must be loaded (`mustReload`).
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

  get mustReload(): boolean {
    return this.#byId.size === 0 && this.#horizon !== Number.POSITIVE_INFINITY;
  }

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

  /** Ignores an invalid deadline (NaN). */
  add(issued: Omit<OpenCommand, "open">): void {
    if (this.#byId.has(issued.command) || !(issued.deadline < this.#horizon)) return;
    const { command, device, deadline, seq, epoch, session } = issued;
    const added = { command, device, deadline, seq, epoch, session, open: true };
    this.#byId.set(command, added);
    this.#push(added);
    if (this.#byId.size > this.#limit) this.#evictFarthest();
  }

  end(command: string): void {
    const ended = this.#byId.get(command);
    if (ended === undefined) return;
    ended.open = false;
    this.#byId.delete(command);
    if (this.#heap.length > 2 * this.#byId.size + MIN_ENDED_TO_REBUILD) this.#rebuild([...this.#byId.values()]);
  }

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

  #evictFarthest(): void {
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
    let index = heap.length;
    heap.push(added);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || inOrder(parent, added) <= 0) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = added;
  }

  #pop(): OpenCommand | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let child = left;
      let lower = heap[left];
      const right = heap[left + 1];
      if (lower !== undefined && right !== undefined && inOrder(right, lower) < 0) [child, lower] = [left + 1, right];
      if (lower === undefined || inOrder(lower, last) >= 0) break;
      heap[index] = lower;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function inOrder(a: OpenCommand, b: OpenCommand): number {
  return a.deadline - b.deadline || a.seq - b.seq;
}
