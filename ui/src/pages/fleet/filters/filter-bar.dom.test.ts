// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FleetSummary } from "../../../data/devices.ts";
import { all, choose, eventsOf, mount, one, press, settled, textOf, type, unmountAll } from "../../../testing/dom.ts";
import { FilterBar } from "./filter-bar.ts";
import { NO_FILTERS } from "./filters.ts";

afterEach(unmountAll);

const summary = {
  tags: [
    { value: "roof", count: 1_200 },
    { value: "hall", count: 3 },
  ],
  models: [{ value: "P2", count: 5 }],
  firmwares: [],
} as unknown as FleetSummary;

// The menus need element internals, which happy-dom lacks.
vi.mock("@awesome.me/webawesome/dist/components/dropdown/dropdown.js", () => ({}));
vi.mock("@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js", () => ({}));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const bar = (more: Partial<FilterBar> = {}) => mount(new FilterBar(), { summary, columns: ["id", "status"], ...more });
const search = (element: FilterBar) => one<HTMLInputElement>(element, "input[type=search]");
const facet = (element: FilterBar, label: string) => one<HTMLSelectElement>(element, `select[aria-label="${label}"]`);

it("the filter bar searches at the first key, and again when typing pauses", async () => {
  const element = await bar();
  const filters = eventsOf(element, "filter");
  type(search(element), "p");
  expect(filters).toEqual([{ search: "p" }]);
  type(search(element), "pu");
  type(search(element), "pum");
  expect(filters).toHaveLength(1);
  vi.advanceTimersByTime(100);
  expect(filters.slice(1)).toEqual([{ search: "pum" }]);
});

it("the filter bar keeps newer text in the field when the URL follows, and shows a search from another source", async () => {
  const element = await bar();
  type(search(element), "p");
  type(search(element), "pump");
  element.filters = { ...NO_FILTERS, search: "p" };
  await settled(element);
  expect(search(element).value).toBe("pump");
  const filters = eventsOf(element, "filter");
  element.filters = { ...NO_FILTERS, search: "valve" };
  await settled(element);
  expect(search(element).value).toBe("valve");
  vi.advanceTimersByTime(1_000);
  expect(filters).toEqual([]);
});

it("the filter bar empties the search on Escape, and leaves the field on the next Escape", async () => {
  const element = await bar({ filters: { ...NO_FILTERS, search: "pump" } });
  const filters = eventsOf(element, "filter");
  element.focus();
  press(search(element), "Escape");
  expect([search(element).value, filters]).toEqual(["", [{ search: "" }]]);
  expect(element.shadowRoot?.activeElement).toBe(search(element));
  press(search(element), "Escape");
  expect(element.shadowRoot?.activeElement).toBeNull();
});

it.each(["Enter", "ArrowDown"])("the filter bar leads from the search to the devices found on %s", async (key) => {
  const element = await bar({ filters: { ...NO_FILTERS, search: "pump" } });
  const found = eventsOf(element, "found");
  press(search(element), "a");
  expect(found).toEqual([]);
  press(search(element), key);
  expect(found).toEqual([null]);
});

it("the filter bar offers the values in the fleet with their counts, and filters by the chosen value", async () => {
  const element = await bar();
  expect(all(facet(element, "Tag"), "option").map(textOf)).toEqual(["Any tag", "roof (1,200)", "hall (3)"]);
  const filters = eventsOf(element, "filter");
  choose(facet(element, "Tag"), "hall");
  choose(facet(element, "Model"), "P2");
  choose(facet(element, "Last seen"), "not-24h");
  expect(filters).toEqual([{ tag: "hall" }, { model: "P2" }, { seen: "not-24h" }]);
});

it("the filter bar marks active filters, counts them, and also shows chosen values that no device has", async () => {
  const element = await bar({
    filters: { ...NO_FILTERS, tag: "gone", firmware: "2.7.1", seen: "2026-01-31T12:00:00.000Z" },
  });
  expect(facet(element, "Tag").value).toBe("gone");
  expect(textOf(one(facet(element, "Last seen"), "option[selected]"))).toMatch(/^Last seen .*2026/);
  const marked = all(element, "select.on").map((one) => one.getAttribute("aria-label"));
  expect(marked).toEqual(["Tag", "Firmware", "Last seen"]);
  expect(textOf(one(element, ".toggle"))).toBe("Filters (3)");
});

it("the filter bar removes all filters and keeps the order", async () => {
  const element = await bar({ filters: { ...NO_FILTERS, search: "pump", tag: "roof", sort: "-id" } });
  const filters = eventsOf(element, "filter");
  element.clear();
  expect(search(element).value).toBe("");
  expect(filters).toEqual([{ ...NO_FILTERS, sort: "-id" }]);
});

it("the filter bar adds and removes columns, but never the id", async () => {
  const element = await bar();
  expect(all(element, "wa-dropdown-item").map(textOf)).not.toContain("Device");
  const columns = eventsOf(element, "columns");
  const select = (value: string) =>
    one(element, "wa-dropdown").dispatchEvent(new CustomEvent("wa-select", { detail: { item: { value } } }));
  select("name");
  select("status");
  expect(columns).toEqual([["id", "status", "name"], ["id"]]);
});
