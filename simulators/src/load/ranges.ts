/** A set of integers as ranges: a million consecutive integers take one range. */
export class Ranges {
  /** First and last number of each range, ascending, with gaps between ranges. */
  readonly #ranges: [number, number][] = [];

  get size(): number {
    return this.#ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }

  get ranges(): readonly (readonly [number, number])[] {
    return this.#ranges;
  }

  /** @returns false if the number is in the set already */
  add(number: number): boolean {
    // Acknowledgements come almost in order: search from the end.
    let index = this.#ranges.length - 1;
    while (index >= 0 && (this.#ranges[index]?.[0] ?? 0) > number) index -= 1;
    const before = this.#ranges[index];
    const after = this.#ranges[index + 1];
    if (before !== undefined && number <= before[1]) return false;
    const touchesBefore = before?.[1] === number - 1;
    const touchesAfter = after?.[0] === number + 1;
    if (touchesBefore && touchesAfter) {
      before[1] = after[1];
      this.#ranges.splice(index + 1, 1);
    } else if (touchesBefore) before[1] = number;
    else if (touchesAfter) after[0] = number;
    else this.#ranges.splice(index + 1, 0, [number, number]);
    return true;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const [from, to] of this.#ranges) for (let number = from; number <= to; number++) yield number;
  }
}
