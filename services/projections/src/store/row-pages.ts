/** A table whose rows are in {@link RowPages}. It numbers its rows; the number of a row is its slot. */
export interface PagedTable {
  /** The place of the slot's newest row. A row of this slot at any other place is an old state. */
  placeOf(slot: number): number;
  moved(slot: number, place: number): void;
  /** Called before the slot's row is overwritten: the table must not use its place any more. */
  evict(slot: number): void;
}

interface Page {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  used: number;
  /** Bytes of rows that are not old states. */
  live: number;
  /** Pages that were begun later have larger numbers. */
  order: number;
}

const PAGE_BYTES = 256 * 1024;
/** The header before each row: its table, its slot, and its length in bytes. */
const HEADER_BYTES = 12;
/** If all pages have more live bytes, another page is created. */
const FEW_LIVE = PAGE_BYTES / 2;
/** When no more pages may be created: a page with more live bytes is not worth copying, because that would free little. */
const MOST_COPIED = (PAGE_BYTES * 3) / 4;
const MOST_BYTES_A_CHAR = 3;

/** Maximum number of characters of a row. Such a row fits even into a page that already has {@link MOST_COPIED} bytes. */
export const LONGEST_ROW = Math.floor((PAGE_BYTES - MOST_COPIED - HEADER_BYTES) / MOST_BYTES_A_CHAR) - 1;

/**
 * Rows as UTF-8, outside of V8's heap, one after another in pages of {@link PAGE_BYTES}. A place is a position in all pages.
 *
 * A changed row is added again. When all pages are full, the live rows of the page with the most old states are copied.
 * If all pages have few old states, and no more may be created, the rows of the page that was begun first are evicted.
 * They have not changed for a long time.
 */
export class RowPages {
  readonly #most: number;
  readonly #tables: PagedTable[] = [];
  readonly #pages: Page[] = [];
  #order = 0;
  #open: number;
  /** An empty page, into which rows are copied. */
  #spare: number;

  /** @param bytes of all pages; at least three pages */
  constructor(bytes: number) {
    this.#most = Math.max(3, Math.floor(bytes / PAGE_BYTES));
    this.#open = this.#create();
    this.#spare = this.#create();
  }

  /** Returns the table's number. */
  join(table: PagedTable): number {
    return this.#tables.push(table) - 1;
  }

  /**
   * Returns the row's place. To make room, it may first move or evict other rows.
   *
   * @param json at most {@link LONGEST_ROW} characters
   */
  add(table: number, slot: number, json: string): number {
    if (this.#page(this.#open).used + HEADER_BYTES + json.length * MOST_BYTES_A_CHAR > PAGE_BYTES) this.#turn();
    const page = this.#page(this.#open);
    const start = page.used;
    const length = page.bytes.write(json, start + HEADER_BYTES);
    const word = start >> 2;
    page.words[word] = table;
    page.words[word + 1] = slot;
    page.words[word + 2] = length;
    const size = sizeOf(length);
    page.used += size;
    page.live += size;
    return this.#open * PAGE_BYTES + start;
  }

  read(place: number): string {
    const page = this.#page(Math.floor(place / PAGE_BYTES));
    const start = place % PAGE_BYTES;
    const end = start + HEADER_BYTES + (page.words[(start >> 2) + 2] ?? 0);
    return page.bytes.toString("utf8", start + HEADER_BYTES, end);
  }

  /** The row at this place is an old state from now on. */
  remove(place: number): void {
    const page = this.#page(Math.floor(place / PAGE_BYTES));
    page.live -= sizeOf(page.words[((place % PAGE_BYTES) >> 2) + 2] ?? 0);
  }

  /** Begins the next page. */
  #turn(): void {
    let emptiest = this.#open;
    let oldest = this.#open;
    for (const [i, { live, order }] of this.#pages.entries()) {
      if (i === this.#spare) continue;
      if (live < this.#page(emptiest).live) emptiest = i;
      if (order < this.#page(oldest).order) oldest = i;
    }
    const { live: least } = this.#page(emptiest);
    if (least > FEW_LIVE && this.#pages.length < this.#most) this.#open = this.#create();
    else if (least <= MOST_COPIED) this.#copy(emptiest);
    else this.#evict(oldest);
  }

  #copy(from: number): void {
    const to = this.#spare;
    const target = this.#page(to);
    const { bytes } = this.#page(from);
    for (const { table, slot, start, size } of this.#rowsOf(from)) {
      bytes.copy(target.bytes, target.used, start, start + size);
      table.moved(slot, to * PAGE_BYTES + target.used);
      target.used += size;
    }
    target.live = target.used;
    target.order = ++this.#order;
    this.#clear(from);
    this.#spare = from;
    this.#open = to;
  }

  #evict(index: number): void {
    for (const { table, slot } of this.#rowsOf(index)) table.evict(slot);
    this.#clear(index);
    this.#open = index;
  }

  /** The rows of a page, without their old states. */
  *#rowsOf(index: number) {
    const { words, used } = this.#page(index);
    for (let start = 0; start < used; ) {
      const word = start >> 2;
      const slot = words[word + 1] ?? 0;
      const size = sizeOf(words[word + 2] ?? 0);
      const owner = this.#tables[words[word] ?? 0];
      if (owner?.placeOf(slot) === index * PAGE_BYTES + start) yield { table: owner, slot, start, size };
      start += size;
    }
  }

  #create(): number {
    const bytes = Buffer.allocUnsafeSlow(PAGE_BYTES);
    const words = new Int32Array(bytes.buffer);
    return this.#pages.push({ bytes, words, used: 0, live: 0, order: ++this.#order }) - 1;
  }

  #clear(index: number): void {
    const page = this.#page(index);
    page.used = 0;
    page.live = 0;
    page.order = ++this.#order;
  }

  #page(index: number): Page {
    const page = this.#pages[index];
    if (page === undefined) throw new RangeError(`there is no page ${index}`);
    return page;
  }
}

/** The bytes of a row with its header, in whole words. */
function sizeOf(length: number): number {
  return (HEADER_BYTES + length + 3) & ~3;
}
