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
const field = (element: CommandFilterBar, id: "device" | "by") => one<HTMLInputElement>(element, `#${id}`);

it("shows which states are chosen, and how many commands are open", async () => {
  const element = await bar({ open: 3 });
  expect(chips(element).map(textOf)).toEqual([
    ...["All", "Open 3", "Issued", "Delivered", "Completed", "Failed", "Expired", "Cancelled"],
  ]);
  expect(pressed(element)).toEqual(["All"]);
  element.filters = { ...NO_FILTERS, states: OPEN };
  await settled(element);
  expect(pressed(element)).toEqual(["Open 3", "Issued", "Delivered"]);
});

it("adds and removes states", async () => {
  const element = await bar({ filters: { ...NO_FILTERS, states: ["failed"] } });
  const filters = eventsOf(element, "filter");
  for (const text of ["Expired", "Failed", "Open", "All"]) chip(element, text).click();
  expect(filters).toEqual([{ states: ["failed", "expired"] }, { states: [] }, { states: OPEN }, { states: [] }]);
});

it("has one choice of states on a phone, which shows any combination", async () => {
  const element = await bar({ filters: { ...NO_FILTERS, states: ["failed", "expired"] } });
  const choice = one<HTMLSelectElement>(element, "select");
  expect(all(choice, "option[selected]").map(textOf)).toEqual(["Failed, Expired"]);
  const filters = eventsOf(element, "filter");
  choose(choice, "ended");
  expect(filters).toEqual([{ states: ["completed", "failed", "expired", "cancelled"] }]);
});

it("suggests devices while typing, and filters once the input is complete", async () => {
  const element = await bar();
  const filters = eventsOf(element, "filter");
  const device = field(element, "device");
  device.value = "pum";
  device.dispatchEvent(new InputEvent("input", { inputType: "insertText" }));
  await vi.advanceTimersByTimeAsync(500);
  await settled(element);
  expect(calls).toEqual(["GET /api/devices?search=pum&limit=8"]);
  expect(all(element, "#device-list option").map((one) => one.getAttribute("value"))).toEqual(["pump-1", "pump-2"]);
  expect(filters).toEqual([]);
  device.value = " pump-2 ";
  device.dispatchEvent(new Event("change"));
  expect(filters).toEqual([{ device: "pump-2" }]);
});

it("filters at once by a chosen suggestion", async () => {
  const element = await bar({ operators: ["ada"] });
  const filters = eventsOf(element, "filter");
  type(field(element, "by"), "ada");
  expect(filters).toEqual([{ by: "ada" }]);
});

it("follows the URL, but keeps what is being typed when another filter changes", async () => {
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

it("is emptied by Escape, and removes all filters on request", async () => {
  const element = await bar({ filters: { states: OPEN, device: "pump-1", by: "ada" } });
  const filters = eventsOf(element, "filter");
  press(field(element, "by"), "Escape");
  element.clear();
  expect(filters).toEqual([{ by: "" }, NO_FILTERS]);
  expect([field(element, "device").value, field(element, "by").value]).toEqual(["", ""]);
});
