type Row = Readonly<Record<string, unknown>>;

/** Maximum size of the results of one moment. */
const MAX_CHARS = 2 * 1_024 ** 2;
/** Beside the characters of a text, and for another value. */
const CELL_CHARS = 16;

/** Results of statements about rows that never change. Those that were asked for longest ago are dropped first. */
export class KeptResults {
  readonly #limit: number;
  readonly #kept = new Map<string, { readonly rows: readonly Row[]; readonly chars: number }>();
  #chars = 0;

  constructor(chars = MAX_CHARS) {
    this.#limit = chars;
  }

  get(key: string): readonly Row[] | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.rows;
  }

  /** Does not keep a result that alone takes a quarter of the space. */
  add(key: string, rows: readonly Row[]): void {
    const chars = charsOf(key, rows, this.#limit / 4);
    if (chars === undefined || this.#kept.has(key)) return;
    this.#kept.set(key, { rows, chars });
    this.#chars += chars;
    for (const [oldest, { chars: freed }] of this.#kept) {
      if (this.#chars <= this.#limit) return;
      this.#kept.delete(oldest);
      this.#chars -= freed;
    }
  }
}

/** Undefined for more than the limit. */
function charsOf(key: string, rows: readonly Row[], limit: number): number | undefined {
  let chars = key.length;
  for (const row of rows) {
    for (const value of Object.values(row)) chars += CELL_CHARS + (typeof value === "string" ? value.length : 0);
    if (chars > limit) return undefined;
  }
  return chars <= limit ? chars : undefined;
}
