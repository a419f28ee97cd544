const MIN_PREFIX = 4;

/** The probable meaning of a misspelt name: at most one edit for every four letters, or one name is the beginning of the other. */
export function nearest(given: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, slips: slips(given, candidate) }))
    .sort((a, b) => a.slips - b.slips);
  const allowed = Math.min(given.length - 1, Math.max(1, Math.floor(given.length / 4)));
  if (best !== undefined && best.slips <= allowed) return best.candidate;
  return candidates.find((candidate) => isPrefix(given, candidate) || isPrefix(candidate, given));
}

function isPrefix(part: string, whole: string): boolean {
  return part.length >= MIN_PREFIX && whole.startsWith(part);
}

/** Edit distance (Damerau, optimal string alignment). */
export function slips(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? 0;
}
