import type { Part } from "./manifest.ts";

/** Which telemetry repeats earlier telemetry. */
export interface KnownRepeats {
  /** Sequence up to which that is known. */
  readonly seq: number;
  /** Whether an earlier event of the stream has the id of the event with this sequence. */
  isRepeat(seq: number): boolean;
}

/** @param parts in the order of sequences, which do not overlap */
export function isRepeatIn(parts: readonly Pick<Part, "firstSeq" | "lastSeq" | "repeats">[], seq: number): boolean {
  const part = newestUpTo(parts, seq, ({ firstSeq }) => firstSeq);
  return part !== undefined && newestUpTo(part.repeats, seq, (repeat) => repeat) === seq;
}

/** The last item of a sorted list whose sequence is not above `seq`. */
function newestUpTo<T>(items: readonly T[], seq: number, seqOf: (item: T) => number): T | undefined {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seqOf(items[middle] as T) <= seq) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}
