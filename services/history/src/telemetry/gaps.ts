/** Sequences, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The sequences of a range that no part has, lowest first. */
export function gapsOf(
  parts: readonly { readonly firstSeq: number; readonly lastSeq: number }[],
  { from, to }: Range,
): readonly Range[] {
  const gaps: Range[] = [];
  let next = from;
  for (const { firstSeq, lastSeq } of [...parts].sort((a, b) => a.firstSeq - b.firstSeq)) {
    if (next > to) break;
    if (firstSeq > next) gaps.push({ from: next, to: Math.min(firstSeq - 1, to) });
    next = Math.max(next, lastSeq + 1);
  }
  if (next <= to) gaps.push({ from: next, to });
  return gaps;
}
