/**
 * The cursor of a list: the row that keys act on. The cursor is on no row until a row is chosen, and follows its row
 * when the list is reordered. If the row leaves the list, the cursor is on no row again, but the next step starts from
 * where the row was.
 */
export class RowCursor {
  #id: string | undefined;
  #at = 0;
  #present = false;

  /** Index of the row; undefined if the cursor is on no row: then keys must not act on a row. */
  get index(): number | undefined {
    return this.#present ? this.#at : undefined;
  }

  /**
   * @param id the row's id; undefined while the row is loading
   */
  place(index: number, id: string | undefined): void {
    this.#at = index;
    this.#id = id;
    this.#present = true;
  }

  clear(): void {
    this.#id = undefined;
    this.#at = 0;
    this.#present = false;
  }

  /** Finds the row again after the list has changed. @param idAt returns undefined while the row is loading */
  follow(idAt: (index: number) => string | undefined, indexOf: (id: string) => number): void {
    const there = idAt(this.#at);
    if (there === undefined && this.#present) return;
    if (this.#id === undefined) {
      if (this.#present) this.#id = there;
      return;
    }
    if (there === this.#id) {
      this.#present = true;
      return;
    }
    const index = indexOf(this.#id);
    this.#present = index >= 0;
    if (index >= 0) this.#at = index;
  }

  /**
   * The index that a step by `rows` leads to, not yet limited to the list.
   * @param first index of the first visible row
   */
  step(rows: number, first: number): number {
    if (this.#present) return this.#at + rows;
    if (this.#id === undefined) return first;
    // The next row has taken the place of the row that left.
    return this.#at + rows - (rows > 0 ? 1 : 0);
  }

  /**
   * The index that a key leads to, not yet limited to the list; undefined for other keys.
   * @param page rows in a page
   */
  byKey(key: string, first: number, page: number): number | undefined {
    switch (key) {
      case "ArrowDown":
        return this.step(1, first);
      case "ArrowUp":
        return this.step(-1, first);
      case "PageDown":
        return this.step(page, first);
      case "PageUp":
        return this.step(-page, first);
      case "Home":
        return 0;
      case "End":
        return Number.POSITIVE_INFINITY;
      default:
        return undefined;
    }
  }
}
