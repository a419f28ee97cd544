/** Where a key leads in a list of rows; undefined: nowhere. The list itself keeps it within its bounds. */
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
