/** Cells that the page shows: more would make it slow. */
const MOST_CELLS = 30_000;
const MOST_COLUMNS = 100;
const MOST_CHARACTERS = 300;

/** How much of an answer the page shows. */
export function shownPart(columns: number, rows: number): { readonly columns: number; readonly rows: number } {
  const shown = Math.min(columns, MOST_COLUMNS);
  return { columns: shown, rows: Math.min(rows, Math.floor(MOST_CELLS / Math.max(1, shown))) };
}

/** A value as text; long values are cut. */
export function cellText(value: unknown): string {
  const text = typeof value === "string" ? value : value === null ? "null" : JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
