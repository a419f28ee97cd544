import type { Filter } from "../filter.ts";

/** Text as the columns `search` have it. */
export function searchable(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** A filter for each word, which must occur in the column `search`. */
export function searchFilters(search = ""): Filter[] {
  const words = searchable(search).split(/\s+/);
  return words.filter((word) => word !== "").map((word) => ({ column: "search", contains: word }));
}
