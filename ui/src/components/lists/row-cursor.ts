/**
 * The row of a list that keys act on. Follows its row when the list is reordered. If the row leaves, the cursor is on
 * no row; the next step starts from the row's last index.
 */
export class RowCursor {
  #id: string | undefined;
  #at = 0;
  #present = false;

  /** Undefined while the cursor is on no row: keys must then act on no row. */
  get index(): number | undefined {
    return this.#present ? this.#at : undefined;
  }

  /** @param id undefined while the row is loading */
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

  /**
   * Finds the row again after a change of the list.
   * @param idAt returns undefined while the row is loading
   */
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
   * The index after a step, which may be outside the list.
   * @param first index of the first visible row
   */
  step(rows: number, first: number): number {
    if (this.#present) return this.#at + rows;
    if (this.#id === undefined) return first;
    // The next row has moved up.
    return this.#at + rows - (rows > 0 ? 1 : 0);
  }

  /**
   * The index after a key, which may be outside the list; undefined for keys that do not move.
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
