/** Bounds of the ratio to the reference or, without a reference, of the value. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly reference?: { readonly name: string; readonly value: number };
  readonly goal?: Goal;
}

export interface BenchContext {
  /** Whether all measures together take less than a minute, instead of five. */
  readonly quick: boolean;
  /** Number of events, for the measures that `--events` makes longer. */
  readonly events?: number | undefined;
  readonly progress: (text: string) => void;
}

/** A measure starts its own processes and leaves nothing behind. */
export interface Measure {
  readonly name: string;
  run(context: BenchContext): Promise<readonly Result[]>;
}

export function judged({ value, reference }: Result): number {
  return reference === undefined ? value : value / reference.value;
}

export function isMet(result: Result): boolean | undefined {
  const { goal } = result;
  if (goal === undefined) return undefined;
  const number = judged(result);
  return number >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && number <= (goal.atMost ?? Number.POSITIVE_INFINITY);
}

/** The lower of the two middle values of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
