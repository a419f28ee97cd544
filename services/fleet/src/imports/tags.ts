/** Tags in one cell, separated by spaces, commas or semicolons. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((tag) => tag !== ""))];
}
