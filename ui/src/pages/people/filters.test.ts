import { expect, it } from "vitest";
import type { PersonResource } from "../../data/people.ts";
import { nameOf } from "../../data/people.ts";
import { filterFormat, matching, NO_FILTERS } from "./filters.ts";

const person = (id: string, more: Partial<PersonResource> = {}): PersonResource => ({
  id,
  email: `${id}@example.org`,
  role: "operator",
  account: "main",
  status: "active",
  createdAt: "2026-01-30T08:00:00.000Z",
  createdBy: "admin",
  seq: 1,
  ...more,
});
const PEOPLE = [
  person("ada", { givenName: "Ada", familyName: "Lovelace", tags: ["hall-2"] }),
  person("bob", { status: "invited", account: "north" }),
  person("cy", { status: "unconfirmed" }),
  person("dee", { status: "ended" }),
  person("eve", { status: "erased", email: "erased" }),
];
const ids = (filters: Partial<typeof NO_FILTERS>) =>
  matching(PEOPLE, { ...NO_FILTERS, ...filters }).map(({ id }) => id);

it("the page finds people by state, account, and words of address, names, role and tags", () => {
  expect(ids({})).toEqual(["ada", "bob", "cy"]);
  expect(ids({ state: "invited" })).toEqual(["bob", "cy"]);
  expect(ids({ state: "active" })).toEqual(["ada"]);
  expect(ids({ state: "ended" })).toEqual(["dee", "eve"]);
  expect(ids({ state: "all", search: "EXAMPLE.org operator" })).toEqual(["ada", "bob", "cy", "dee"]);
  expect(ids({ account: "north" })).toEqual(["bob"]);
  expect(ids({ search: "lovelace hall-2" })).toEqual(["ada"]);
  expect(ids({ search: "lovelace hall-3" })).toEqual([]);
  expect(ids({ search: "EVE", state: "all" })).toEqual(["eve"]);
  expect(ids({ search: "ev", state: "all" })).toEqual([]);
});

it("the page keeps only set filters in the URL", () => {
  expect(filterFormat.write(NO_FILTERS).toString()).toBe("");
  const filters = { search: "ada", state: "ended", account: "north" } as const;
  expect(filterFormat.read(filterFormat.write(filters))).toEqual(filters);
  expect(filterFormat.read(new URLSearchParams("state=nonsense"))).toEqual(NO_FILTERS);
});

it("the page names a person by user name, otherwise by names, otherwise by address", () => {
  expect(nameOf(person("ada"))).toBe("ada@example.org");
  expect(nameOf(person("ada", { givenName: "Ada", familyName: "Lovelace" }))).toBe("Ada Lovelace");
  expect(nameOf(person("ada", { givenName: "Ada", userName: "ada" }))).toBe("ada");
});

it("the page names a person by the beginning of the id if nothing else can be read", () => {
  const unreadable = { email: "erased", givenName: "erased", familyName: "erased" };
  expect(nameOf(person("cda53961-6181", { ...unreadable, status: "erased" }))).toBe("erased person cda53961…");
  // The key of the texts is lost.
  expect(nameOf(person("cda53961-6181", unreadable))).toBe("person cda53961…");
});
