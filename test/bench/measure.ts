/** The goal for the ratio to the reference, or for the value if there is no reference. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same measure of another program, in the same run on the same machine. */
  readonly reference?: { readonly name: string; readonly value: number };
  readonly goal?: Goal;
}

export interface BenchContext {
  /** Measure for a shorter time: all measures take less than a minute instead of five. */
  readonly quick: boolean;
  /** Prints what is being done. */
  readonly progress: (text: string) => void;
}

/** One measure. It starts what it needs, and leaves nothing behind. */
export interface Measure {
  readonly name: string;
  run(context: BenchContext): Promise<readonly Result[]>;
}

/** The value that is compared with the goal: the ratio if there is a reference, else the value. */
export function judged({ value, reference }: Result): number {
  return reference === undefined ? value : value / reference.value;
}

export function isMet(result: Result): boolean | undefined {
  const { goal } = result;
  if (goal === undefined) return undefined;
  const number = judged(result);
  return number >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && number <= (goal.atMost ?? Number.POSITIVE_INFINITY);
}

/** The median; for an even number of values the lower of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
