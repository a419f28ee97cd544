import { expect, it } from "vitest";
import { COMMAND_STATES } from "../../data/commands.ts";
import { filterFormat, isFiltered, NO_FILTERS, OPEN, toggled, toQuery } from "./filters.ts";

const read = (query: string) => filterFormat.read(new URLSearchParams(query));
const write = (query: string) => decodeURIComponent(filterFormat.write(read(query)).toString());

it("reads states by name, with `open` and `ended` for several states", () => {
  expect(read("state=open").states).toEqual(["issued", "delivered"]);
  expect(read("state=ended").states).toEqual(["completed", "failed", "expired", "cancelled"]);
  expect(read("state=failed,issued").states).toEqual(["issued", "failed"]);
  expect(read("state=nonsense,open&device=%20a%20")).toEqual({ ...NO_FILTERS, states: OPEN, device: "a" });
});

it("writes the shortest URL", () => {
  expect(write("state=delivered,issued")).toBe("state=open");
  expect(write("state=failed,expired&by=ada")).toBe("state=failed,expired&by=ada");
  expect(write(`state=${COMMAND_STATES.join()}`)).toBe("");
});

it("adds and removes a state; all states together are no filter", () => {
  expect(toggled([], "failed")).toEqual(["failed"]);
  expect(toggled(["failed"], "issued")).toEqual(["issued", "failed"]);
  expect(toggled(["issued", "failed"], "failed")).toEqual(["issued"]);
  expect(toggled(COMMAND_STATES.slice(1), "issued")).toEqual([]);
});

it("names each state in the query to the gateway", () => {
  expect(toQuery(read("state=open&device=a"), 0)).toEqual({ state: ["issued", "delivered"], device: "a" });
  expect(toQuery(NO_FILTERS, 0)).toEqual({});
  expect(isFiltered(NO_FILTERS)).toBe(false);
});

it("queries by device search, beginning of the command's name, and time of issue", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  expect(toQuery(read("search=hall+3&name=re&period=1h"), now)).toEqual({
    search: "hall 3",
    name: "re*",
    since: "2026-01-31T11:00:00.000Z",
  });
  expect(toQuery(read("since=2026-01-30T00:00:00Z&until=2026-01-31T00:00:00Z"), now)).toEqual({
    since: "2026-01-30T00:00:00.000Z",
    until: "2026-01-31T00:00:00.000Z",
  });
  expect(write("search=hall+3&name=re&period=1h")).toBe("search=hall+3&name=re&period=1h");
});

it("omits invalid values, also in the query to the gateway", () => {
  expect(read("period=never&since=noon&until=")).toEqual(NO_FILTERS);
  expect(toQuery(read("name=two+words"), 0)).toEqual({});
});
