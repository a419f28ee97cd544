import { expect, it } from "vitest";
import type { PersonResource } from "../../data/people.ts";
import { peopleMeant, personChoices, personMeant } from "./person-choices.ts";

const person = (id: string, email: string, givenName?: string) => ({ id, email, givenName }) as PersonResource;
const PEOPLE = [
  person("1", "ada@example.org", "Ada"),
  person("2", "carol@example.org", "Carol"),
  person("3", "carol.north@example.org", "Carol"),
  person("4", "admin.of.nights@example.org"),
];
const choices = personChoices(PEOPLE, ["1", "admin", "9"], (by) => (by === "9" ? "Gone" : by));

it("people and other callers of the page are choices, and people of one name are told apart", () => {
  expect(choices.map(({ by, text }) => [by, text])).toEqual([
    ["1", "Ada"],
    ["2", "Carol (carol@example.org)"],
    ["3", "Carol (carol.north@example.org)"],
    ["4", "admin.of.nights@example.org"],
    ["admin", "admin"],
    ["9", "Gone"],
  ]);
});

it.each([
  ["Ada", "1"],
  [" ada ", "1"],
  ["2", "2"],
  ["carol@example.org", "2"],
  ["north", "3"],
  ["Carol (carol@example.org)", "2"],
  ["admin", "admin"],
  ["gone", "9"],
  ["carol", "carol"],
  ["zoe", "zoe"],
  ["", ""],
])("a filter takes a name, an address, a part that only one person has, or an id: %j means %j", (text, by) => {
  expect(personMeant(text, choices)).toBe(by);
});

it("people of the same name and address, and erased people, are told apart by their ids", () => {
  const erased = (id: string) => ({ ...person(id, "erased", "erased"), status: "erased" }) as PersonResource;
  const former = personChoices(
    [person("1", "ada@example.org", "Ada"), person("2", "ada@example.org", "Ada"), erased("3"), erased("4")],
    [],
    (by) => by,
  );
  expect(former.map(({ text }) => text)).toEqual(["Ada (1)", "Ada (2)", "erased person 3", "erased person 4"]);
  expect(former.map(({ text }) => personMeant(text, former))).toEqual(["1", "2", "3", "4"]);
  expect(personMeant("ada@example.org", former)).toBe("ada@example.org");
});

it("a filter distinguishes a text that means several people from a text that means nobody", () => {
  expect(peopleMeant("carol", choices)).toEqual(["2", "3"]);
  expect(peopleMeant("zoe", choices)).toEqual([]);
});
