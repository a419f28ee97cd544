import { expect, it } from "vitest";
import { random } from "../fixtures/fleet.ts";
import { LONGEST_ROW, type PagedTable, RowPages } from "./row-pages.ts";

const BYTES = 1024 ** 2;

class Table implements PagedTable {
  readonly places = new Map<number, number>();
  readonly texts = new Map<number, string>();
  evicted = 0;
  readonly #pages: RowPages;
  readonly #number: number;

  constructor(pages: RowPages) {
    this.#pages = pages;
    this.#number = pages.join(this);
  }

  set(slot: number, text: string): void {
    const before = this.places.get(slot);
    if (before !== undefined) this.#pages.remove(before);
    this.places.delete(slot);
    this.places.set(slot, this.#pages.add(this.#number, slot, text));
    this.texts.set(slot, text);
  }

  check(): void {
    for (const [slot, place] of this.places) {
      if (this.#pages.read(place) !== this.texts.get(slot)) throw new Error(`another row is in the place of ${slot}`);
    }
  }

  placeOf(slot: number): number {
    return this.places.get(slot) ?? -1;
  }

  moved(slot: number, place: number): void {
    this.places.set(slot, place);
  }

  evict(slot: number): void {
    this.places.delete(slot);
    this.evicted += 1;
  }
}

/** Returns the tables after random changes of rows with this many slots each. */
function changed(slots: number, changes: number): readonly Table[] {
  const pages = new RowPages(BYTES);
  const tables = [new Table(pages), new Table(pages)];
  const dice = random(3);
  for (let i = 0; i < changes; i++) {
    const table = tables[i % 2];
    const text = (dice() < 0.1 ? "é€😀" : "abc").repeat(Math.floor(dice() * 300));
    table?.set(Math.floor(dice() * slots), `${i} ${text}`);
    if (i % 500 === 0) for (const one of tables) one.check();
  }
  for (const one of tables) one.check();
  return tables;
}

it("rows that fit stay, however often they change", () => {
  const tables = changed(500, 20_000);
  expect(tables.map(({ evicted }) => evicted)).toEqual([0, 0]);
  expect(tables.map(({ places }) => places.size)).toEqual([500, 500]);
});

it("rows that don't fit are evicted, and memory stays within its limit", () => {
  const tables = changed(5_000, 20_000);
  for (const { evicted, places } of tables) {
    expect(evicted).toBeGreaterThan(1_000);
    expect(places.size).toBeGreaterThan(500);
    expect(Math.max(...places.values())).toBeLessThan(BYTES);
  }
});

it("the longest row, of any characters, fits into a page that already has copied rows", () => {
  const pages = new RowPages(BYTES);
  const table = new Table(pages);
  const dice = random(4);
  for (let i = 0; i < 600; i++) table.set(Math.floor(dice() * 9), "€".repeat(Math.floor(dice() * LONGEST_ROW) + 1));
  table.set(1, "€".repeat(LONGEST_ROW));
  table.check();
});

it("the rows that have not changed for long are evicted first", () => {
  const pages = new RowPages(BYTES);
  const [idle, busy] = [new Table(pages), new Table(pages)];
  for (let i = 0; i < 4_000; i++) {
    idle.set(i, "x".repeat(300));
    busy.set(i % 100, "y".repeat(300));
  }
  expect(busy.evicted).toBe(0);
  expect(idle.placeOf(0)).toBe(-1);
  expect(idle.placeOf(3_999)).toBeGreaterThanOrEqual(0);
});
