const PER_OCTAVE = 16;

/** Counts durations in buckets that grow by 4.4 %, the precision of the quantiles. Needs constant memory. */
export class Histogram {
  readonly #counts = new Float64Array(64 * PER_OCTAVE);
  #count = 0;
  #max = 0;

  add(milliseconds: number): void {
    const index = Math.max(0, Math.ceil(Math.log2(Math.max(milliseconds, 0.001) / 0.001) * PER_OCTAVE));
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#max = Math.max(this.#max, milliseconds);
  }

  /** Milliseconds; 0 for an empty histogram. */
  quantile(fraction: number): number {
    let left = fraction * this.#count;
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0 && count > 0) return Math.min(this.#max, 0.001 * 2 ** (index / PER_OCTAVE));
    }
    return this.#max;
  }

  get max(): number {
    return this.#max;
  }
}
