/** `*` stands for any characters, `?` for one. */
export function matchesPattern(pattern: string, id: string): boolean {
  // Backtracks only to the newest `*`, so that no pattern takes long.
  let [p, i, star, from] = [0, 0, -1, 0];
  while (i < id.length) {
    if (pattern[p] === "*") [star, from, p] = [p, i, p + 1];
    else if (pattern[p] === "?" || pattern[p] === id[i]) [p, i] = [p + 1, i + 1];
    else if (star >= 0) [p, i, from] = [star + 1, from + 1, from + 1];
    else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
