/** A set of whole numbers as at most `capacity` ranges. */
export class SeqRanges {
  readonly #capacity: number;
  readonly #ranges: [first: number, last: number][] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(seq: number): boolean {
    const range = this.#ranges[this.#indexAtOrAfter(seq)];
    return range !== undefined && range[0] <= seq;
  }

  /** @returns false, without a change, if the set would need more than `capacity` ranges */
  add(seq: number): boolean {
    const at = this.#indexAtOrAfter(seq);
    const next = this.#ranges[at];
    if (next !== undefined && next[0] <= seq) return true;
    const before = this.#ranges[at - 1];
    const joinsBefore = before !== undefined && before[1] === seq - 1;
    const joinsNext = next !== undefined && next[0] === seq + 1;
    if (joinsBefore && joinsNext) {
      before[1] = next[1];
      this.#ranges.splice(at, 1);
    } else if (joinsBefore) before[1] = seq;
    else if (joinsNext) next[0] = seq;
    else if (this.#ranges.length >= this.#capacity) return false;
    else this.#ranges.splice(at, 0, [seq, seq]);
    return true;
  }

  #indexAtOrAfter(seq: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.[1] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
