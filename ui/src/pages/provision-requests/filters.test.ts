import { expect, it } from "vitest";
import { filterFormat, NO_FILTERS, queryOf } from "./filters.ts";

it.each([
  ["", NO_FILTERS, {}],
  ["state=open", { state: "open", search: "" }, { open: true }],
  ["state=ended&search=hall", { state: "ended", search: "hall" }, { open: false, search: "hall" }],
  ["state=CONF_UPDATING", { state: "CONF_UPDATING", search: "" }, { state: "CONF_UPDATING" }],
] as const)("reads and writes %j", (url, filters, query) => {
  expect(filterFormat.read(new URLSearchParams(url))).toEqual(filters);
  expect(filterFormat.write(filters).toString()).toBe(url);
  expect(queryOf(filters)).toEqual(query);
});

it("ignores a state that does not exist", () => {
  expect(filterFormat.read(new URLSearchParams("state=DONE"))).toEqual(NO_FILTERS);
});
