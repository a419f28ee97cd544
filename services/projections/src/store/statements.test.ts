import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, it } from "vitest";
import { Statements } from "./statements.ts";

const db = new DatabaseSync(":memory:");
let prepared: string[] = [];
const counting = {
  prepare(sql: string) {
    prepared.push(sql);
    return db.prepare(sql);
  },
};
afterEach(() => {
  prepared = [];
});
const number = (n: number) => `SELECT ${n} AS n`;

it("the cache prepares a statement once, and drops the least recently used statement", () => {
  const statements = new Statements(counting, 3);
  for (const n of [1, 2, 3, 1, 4, 1, 3]) expect(statements.of(number(n)).get()).toEqual({ n });
  expect(prepared).toEqual([1, 2, 3, 4].map(number));
  expect(statements.of(number(2)).get()).toEqual({ n: 2 });
  expect(prepared).toEqual([1, 2, 3, 4, 2].map(number));
});

it("the cache keeps no more statements than its limit", () => {
  const statements = new Statements(counting);
  for (let n = 0; n < 1_000; n++) expect(statements.of(number(n)).get()).toEqual({ n });
  expect(statements.size).toBe(256);
});
