// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { all, choose, eventsOf, mount, one, press, settled, textOf, type, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { CommandFilterBar } from "./filter-bar.ts";
import { NO_FILTERS, OPEN } from "./filters.ts";

afterEach(unmountAll);

let calls: string[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  const stub = stubGateway(() => ({ body: { items: [{ id: "pump-1" }, { id: "pump-2" }], total: 2, next: null } }));
  vi.stubGlobal("fetch", stub.fetch);
  calls = stub.calls;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const bar = (more: Partial<CommandFilterBar> = {}) => mount(new CommandFilterBar(), more);
const chips = (element: CommandFilterBar) => all(element, ".states button") as HTMLButtonElement[];
const pressed = (element: CommandFilterBar) =>
  chips(element).flatMap((chip) => (chip.getAttribute("aria-pressed") === "true" ? textOf(chip) : []));
const chip = (element: CommandFilterBar, text: string) => one(element, ".states button", text);
const field = (element: CommandFilterBar, id: "device" | "name" | "by") =>
  one<HTMLInputElement>(one(element, `#${id}`), "input");
const typeInto = (input: HTMLInputElement, text: string) => {
  input.value = text;
  input.dispatchEvent(new InputEvent("input", { inputType: "insertText" }));
};

it("the filter bar shows the chosen states, and the number of open commands", async () => {
  const element = await bar({ open: 3 });
  expect(chips(element).map(textOf)).toEqual([
    ...["All", "Open 3", "Issued", "Delivered", "Completed", "Failed", "Expired", "Cancelled"],
  ]);
  expect(pressed(element)).toEqual(["All"]);
  element.filters = { ...NO_FILTERS, states: OPEN };
  await settled(element);
  expect(pressed(element)).toEqual(["Open 3", "Issued", "Delivered"]);
});

it("the filter bar adds and removes states", async () => {
  const element = await bar({ filters: { ...NO_FILTERS, states: ["failed"] } });
  const filters = eventsOf(element, "filter");
  for (const text of ["Expired", "Failed", "Open", "All"]) chip(element, text).click();
  expect(filters).toEqual([{ states: ["failed", "expired"] }, { states: [] }, { states: OPEN }, { states: [] }]);
});

it("the filter bar has a select for states on a phone, which shows any combination of states", async () => {
  const element = await bar({ filters: { ...NO_FILTERS, states: ["failed", "expired"] } });
  const choice = one<HTMLSelectElement>(element, "select[aria-label=State]");
  expect(all(choice, "option[selected]").map(textOf)).toEqual(["Failed, Expired"]);
  const filters = eventsOf(element, "filter");
  choose(choice, "ended");
  expect(filters).toEqual([{ states: ["completed", "failed", "expired", "cancelled"] }]);
});

it("the filter bar filters while the operator types a device, and suggests device ids", async () => {
  const element = await bar();
  const filters = eventsOf(element, "filter");
  typeInto(field(element, "device"), "pum");
  await vi.advanceTimersByTimeAsync(500);
  await settled(element);
  expect(calls).toEqual(["GET /api/devices?search=pum&limit=8"]);
  expect(all(one(element, "#device"), "option").map((one) => one.getAttribute("value"))).toEqual(["pump-1", "pump-2"]);
  expect(filters).toEqual([{ device: "", search: "pum" }]);
  type(field(element, "device"), "pump-2");
  expect(filters.at(-1)).toEqual({ device: "pump-2", search: "" });
});

it("the filter bar filters by the beginning of the command's name while the operator types", async () => {
  const element = await bar();
  const filters = eventsOf(element, "filter");
  typeInto(field(element, "name"), "re");
  typeInto(field(element, "name"), "reb");
  await vi.advanceTimersByTimeAsync(500);
  expect(filters).toEqual([{ name: "re" }, { name: "reb" }]);
});

it("the filter bar filters by the time of issue: a period, or between two times", async () => {
  const element = await bar();
  const filters = eventsOf(element, "filter");
  const select = () => one<HTMLSelectElement>(one(element, "fl-time-filter"), "select");
  choose(select(), "24h");
  choose(select(), "between");
  await settled(element);
  const from = one<HTMLInputElement>(element, "input[aria-label='Issued from']");
  from.value = "2026-01-31T12:00";
  from.dispatchEvent(new Event("change"));
  expect(filters).toEqual([
    { period: "24h", since: "", until: "" },
    { period: "", since: "", until: "" },
    { since: new Date("2026-01-31T12:00").toISOString() },
  ]);
});

it("the filter bar filters at once by a chosen suggestion", async () => {
  const element = await bar({ operators: ["ada"] });
  const filters = eventsOf(element, "filter");
  type(field(element, "by"), "ada");
  expect(filters).toEqual([{ by: "ada" }]);
});

it("the filter bar follows the URL, but keeps unfinished input when another filter changes", async () => {
  const element = await bar({ filters: { ...NO_FILTERS, device: "pump-1" } });
  expect(field(element, "device").value).toBe("pump-1");
  field(element, "device").value = "pump-";
  element.filters = { ...NO_FILTERS, device: "pump-1", states: OPEN };
  await settled(element);
  expect(field(element, "device").value).toBe("pump-");
  element.filters = NO_FILTERS;
  await settled(element);
  expect(field(element, "device").value).toBe("");
});

it("the filter bar empties a field on Escape, and removes all filters on request", async () => {
  const element = await bar({ filters: { ...NO_FILTERS, states: OPEN, device: "pump-1", by: "ada" } });
  const filters = eventsOf(element, "filter");
  press(field(element, "by"), "Escape");
  element.clear();
  expect(filters).toEqual([{ by: "" }, NO_FILTERS]);
  expect([field(element, "device").value, field(element, "by").value]).toEqual(["", ""]);
});
