// @vitest-environment happy-dom
import { beforeEach, expect, it } from "vitest";
import { MOST_SAVED, removeQuery, savedQueries, saveQuery } from "./saved.ts";

beforeEach(() => localStorage.clear());

const names = (person: string) => savedQueries(person).map(({ name }) => name);

it("the store keeps each person's queries by name, in the order of names", () => {
  expect([saveQuery("ann", { name: "b", sql: "SELECT 1" }), saveQuery("ann", { name: "a", sql: "SELECT 2" })]).toEqual([
    true,
    true,
  ]);
  saveQuery("ann", { name: "b", sql: "SELECT 3" });
  expect(savedQueries("ann")).toEqual([
    { name: "a", sql: "SELECT 2" },
    { name: "b", sql: "SELECT 3" },
  ]);
  expect(savedQueries("bob")).toEqual([]);
  removeQuery("ann", "a");
  expect(names("ann")).toEqual(["b"]);
});

it("the store refuses more queries than the page can list", () => {
  for (let index = 0; index < MOST_SAVED; index++) saveQuery("ann", { name: `q${index}`, sql: "SELECT 1" });
  expect(saveQuery("ann", { name: "one more", sql: "SELECT 1" })).toBe(false);
  expect(saveQuery("ann", { name: "q7", sql: "SELECT 7" })).toBe(true);
  expect(names("ann")).toHaveLength(MOST_SAVED);
});

it.each(["{", "7", "null", '[{"name":7},null,{"name":"a"}]'])(
  "the store ignores a stored text that is not its own: %s",
  (text) => {
    localStorage.setItem("fleetlog-queries ann", text);
    expect(savedQueries("ann")).toEqual([]);
  },
);
