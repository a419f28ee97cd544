import { expect, it } from "vitest";
import {
  addressOf,
  type Filters,
  filterFormat,
  followsStatus,
  groupFilter,
  isFiltered,
  NO_FILTERS,
  toQuery,
} from "./filters.ts";

const NOW = Date.parse("2026-01-02T00:00:00Z");
const filters: Filters = {
  search: "pump 1",
  account: "north",
  status: "disconnected",
  tag: "site-a",
  model: "X/2",
  firmware: "1.0",
  type: "pump",
  group: "roof",
  update: "blocked",
  seen: "not-24h",
  sort: "-lastSeen",
};

it("reads the filters back from the URL that it wrote; without filters, the URL has no parameters", () => {
  expect(filterFormat.read(filterFormat.write(filters))).toEqual(filters);
  expect(filterFormat.write(NO_FILTERS).toString()).toBe("");
  expect(filterFormat.read(new URLSearchParams())).toEqual(NO_FILTERS);
});

it("ignores invalid values in a URL", () => {
  expect(filterFormat.read(new URLSearchParams("status=gone&update=none&seen=toString&sort=password"))).toEqual(
    NO_FILTERS,
  );
});

it("makes the query for the gateway", () => {
  expect(toQuery(filters, NOW)).toEqual({
    search: "pump 1",
    account: "north",
    status: "disconnected",
    tag: "site-a",
    model: "X/2",
    firmware: "1.0",
    type: "pump",
    group: "roof",
    update: "blocked",
    notSeenSince: "2026-01-01T00:00:00.000Z",
    sort: "-lastSeen",
  });
  expect(toQuery({ ...NO_FILTERS, seen: "1h", search: "  " }, NOW)).toEqual({
    seenSince: "2026-01-01T23:00:00.000Z",
    sort: "attention",
  });
  expect(toQuery({ ...NO_FILTERS, sort: "id" }, NOW)).toEqual({});
});

it("can query only the devices that were last seen at one exact time", () => {
  const address = addressOf({ status: "disconnected", seen: "2026-01-01T10:00:00.999Z" });
  const read = filterFormat.read(new URL(address, "http://gateway").searchParams);
  expect(toQuery({ ...read, sort: "id" }, NOW)).toEqual({
    status: "disconnected",
    seenSince: "2026-01-01T10:00:00.999Z",
    notSeenSince: "2026-01-01T10:00:01.000Z",
  });
  expect(filterFormat.read(new URLSearchParams("seen=2026-99-01T10:00:00.999Z")).seen).toBe("");
});

it("recognises whether any filter is set, apart from the order, and whether the list depends on statuses", () => {
  expect([isFiltered(NO_FILTERS), isFiltered({ ...NO_FILTERS, sort: "name" })]).toEqual([false, false]);
  expect(isFiltered({ ...NO_FILTERS, tag: "a" })).toBe(true);
  const byId: Filters = { ...NO_FILTERS, sort: "id" };
  expect([byId, { ...byId, tag: "a" }].map(followsStatus)).toEqual([false, false]);
  for (const one of [{ status: "connected" }, { seen: "1h" }, { sort: "-since" }, { sort: "attention" }] as const)
    expect(followsStatus({ ...byId, ...one })).toBe(true);
});

it("can be saved as a group, except without filters or with a filter that groups cannot have", () => {
  expect(groupFilter({ ...NO_FILTERS, tag: "roof", search: " pump " })).toEqual({ tag: "roof", search: "pump" });
  for (const unfit of [{}, { seen: "1h" }, { status: "retired" }, { group: "roof" }] as const)
    expect(groupFilter({ ...NO_FILTERS, ...unfit })).toBeUndefined();
});
