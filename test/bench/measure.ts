/** What is to be reached: for a ratio to the reference, or for the value itself where there is no reference. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Another program, measured in the same run on the same machine. */
  readonly reference?: { readonly name: string; readonly value: number };
  readonly goal?: Goal;
}

export interface BenchContext {
  /** Under a minute for all, instead of under five. */
  readonly quick: boolean;
  /** Says what is being done now. */
  readonly say: (text: string) => void;
}

/** One measure: starts what it needs, and leaves nothing behind. */
export interface Measure {
  readonly name: string;
  run(context: BenchContext): Promise<readonly Result[]>;
}

/** What a goal speaks of: the ratio where there is a reference, else the value. */
export function judged({ value, reference }: Result): number {
  return reference === undefined ? value : value / reference.value;
}

export function isMet(result: Result): boolean | undefined {
  const { goal } = result;
  if (goal === undefined) return undefined;
  const number = judged(result);
  return number >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && number <= (goal.atMost ?? Number.POSITIVE_INFINITY);
}

/** The middle one; the lower of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
