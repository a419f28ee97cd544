/** The candidate that is fewest edits away, when it is near enough to be what was meant. */
export function nearest(given: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: editDistance(given, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const near = best !== undefined && best.edits < given.length && best.edits <= Math.max(2, given.length / 3);
  return near ? best.candidate : undefined;
}

/** Levenshtein's distance: letters added, removed or replaced. */
export function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
