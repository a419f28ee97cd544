/** The index that a key moves to in a list of rows, not yet limited to its bounds; undefined for other keys. */
export function rowByKey(key: string, active: number, page: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active - 1;
    case "PageDown":
      return active + page;
    case "PageUp":
      return active - page;
    case "Home":
      return 0;
    case "End":
      return Number.POSITIVE_INFINITY;
    default:
      return undefined;
  }
}
