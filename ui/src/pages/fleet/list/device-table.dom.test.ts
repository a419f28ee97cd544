// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DeviceResource } from "../../../data/devices.ts";
import { now } from "../../../state/clock.ts";
import { navigate, pageLocation } from "../../../state/location.ts";
import { playing } from "../../../state/replay.ts";
import { all, eventsOf, mount, one, press, settled, textOf, unmountAll } from "../../../testing/dom.ts";
import { stubGateway } from "../../../testing/gateway.ts";
import { ListLine } from "../filters/list-line.ts";
import { DeviceList } from "./device-list.ts";
import { DeviceTable } from "./device-table.ts";

afterEach(unmountAll);

const NOW = Date.parse("2026-01-31T12:00:00.000Z");
const STATUSES = ["disconnected", "connected", "never-connected", "retired"] as const;
const devices = STATUSES.map(
  (status, index) =>
    ({
      id: `pump-${index}`,
      name: status === "connected" ? "Roof" : undefined,
      status,
      tags: ["hall"],
      since: new Date(NOW - (index + 1) * 3_600_000).toISOString(),
      lastSeen: status === "never-connected" ? undefined : new Date(NOW - 120_000).toISOString(),
      registeredAt: "2026-01-01T00:00:00.000Z",
      seq: 1,
    }) as unknown as DeviceResource,
);

let total = devices.length;
let list: DeviceList;
let table: DeviceTable;

beforeEach(async () => {
  // The clock may tick before it is faked.
  vi.useFakeTimers({ now: NOW });
  now.set(NOW);
  total = devices.length;
  vi.stubGlobal("fetch", stubGateway(() => ({ body: { items: devices, total, next: null } })).fetch);
  navigate("/devices", "replace");
  document.documentElement.scrollTop = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function loaded(more: Partial<DeviceTable> = {}): Promise<DeviceTable> {
  table = new DeviceTable();
  list = new DeviceList({
    addController() {},
    removeController() {},
    requestUpdate: () => table.version++,
    updateComplete: Promise.resolve(true),
  });
  list.show({});
  await mount(table, { list, columns: ["id", "status", "name", "lastSeen"], ...more });
  await vi.advanceTimersByTimeAsync(100);
  await settled(table);
  return table;
}

const rows = () => all(table, ".body [role=row]");
const row = (index: number) => one(table, `[data-index="${index}"]`);
const grid = () => one(table, "[role=grid]");
const cell = (index: number, column: string) => textOf(one(row(index), `[role=gridcell].${column}`));
const active = () => all(table, ".row.active").map(({ id }) => id);

it("the table shows the status of each device as text, and how long ago it was seen", async () => {
  await loaded();
  expect(rows().map((_, index) => [cell(index, "id"), cell(index, "status"), cell(index, "lastSeen")])).toEqual([
    ["pump-0", "Disconnected", "2 min ago"],
    ["pump-1", "Connected", "now"],
    ["pump-2", "Never connected", ""],
    ["pump-3", "Retired", "2 min ago"],
  ]);
  expect(all(table, "span.status > .status").map((one) => one.className)).toEqual(
    STATUSES.map((status) => `status ${status}`),
  );
  expect(cell(1, "name")).toBe("Roof");
});

it("the table has placeholders for rows that are not loaded; a click on a placeholder does nothing", async () => {
  total = 6;
  await loaded();
  expect(rows().map((one) => one.classList.contains("blank"))).toEqual([false, false, false, false, true, true]);
  expect(grid().getAttribute("aria-rowcount")).toBe("7");
  const selects = eventsOf(table, "select");
  rows()[4]?.click();
  expect([pageLocation.value.path, selects]).toEqual(["/devices", []]);
});

it("the table marks rows whose status has just changed, and selected rows", async () => {
  await loaded({ fresh: new Set(["pump-0"]), selected: new Set(["pump-1"]) });
  expect(all(table, ".row.fresh").map(({ id }) => id)).toEqual(["row-0"]);
  expect(rows().map((one) => one.getAttribute("aria-selected"))).toEqual(["false", "true", "false", "false"]);
  expect(one<HTMLInputElement>(row(1), "input").checked).toBe(true);
});

it("the table dims no rows while the past is replayed, and the line above the list keeps the count", async () => {
  await loaded();
  const line = await mount(new ListLine(), { list, past: true });
  playing.set(true);
  try {
    list.show({ search: "x" });
    table.version++;
    await settled(table);
    expect([list.stale, grid().classList.contains("stale")]).toEqual([true, false]);
    list.show({ search: "y" });
    line.version++;
    await settled(line);
    expect([list.stale, textOf(one(line, "[role=status]"))]).toEqual([true, `${total} devices`]);
  } finally {
    playing.set(false);
  }
});

it("the table dims the rows of the previous list until the new one is loaded", async () => {
  await loaded();
  list.show({ search: "x" });
  table.version++;
  await settled(table);
  expect(grid().classList.contains("stale")).toBe(true);
  await vi.advanceTimersByTimeAsync(100);
  await settled(table);
  expect(grid().classList.contains("stale")).toBe(false);
});

it("the table opens a device on click, and selects devices by check box, Ctrl+click and Shift+click", async () => {
  await loaded();
  const selects = eventsOf(table, "select");
  one(row(1), "span.status > .status").click();
  expect(pageLocation.value.path).toBe("/devices/pump-1");
  navigate("/devices");
  one(row(0), ".check").click();
  one(row(2), "span.status > .status").dispatchEvent(
    new MouseEvent("click", { bubbles: true, composed: true, ctrlKey: true }),
  );
  table.selected = new Set(["pump-0", "pump-2"]);
  await settled(table);
  one(row(0), ".check").click();
  one(row(3), ".check").dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true, shiftKey: true }));
  expect(selects).toEqual([
    { ids: ["pump-0"], on: true },
    { ids: ["pump-2"], on: true },
    { ids: ["pump-0"], on: false },
    { ids: ["pump-0", "pump-1", "pump-2", "pump-3"], on: true },
  ]);
  expect(pageLocation.value.path).toBe("/devices");
});

it("the table is used by keyboard: arrows move within the list, Space selects, Enter opens", async () => {
  await loaded();
  const [selects, moves] = [eventsOf(table, "select"), eventsOf(table, "keyboardmove")];
  for (const key of ["ArrowUp", "ArrowDown", "ArrowDown"]) press(grid(), key);
  await settled(table);
  expect([active(), grid().getAttribute("aria-activedescendant")]).toEqual([["row-2"], "row-2"]);
  expect(moves).toHaveLength(3);
  press(grid(), " ");
  press(grid(), "ArrowUp", { shiftKey: true });
  press(grid(), "End");
  await settled(table);
  expect(active()).toEqual(["row-3"]);
  press(grid(), "Enter");
  expect(pageLocation.value.path).toBe("/devices/pump-3");
  expect(selects).toEqual([
    { ids: ["pump-2"], on: true },
    { ids: ["pump-1", "pump-2"], on: true },
  ]);
});

it("the table sorts by a column on click, and in the opposite direction on the next click", async () => {
  await loaded({ sort: "attention" });
  const orders = eventsOf(table, "sort");
  const heading = () => one(table, "[role=columnheader].id");
  expect(heading().getAttribute("aria-sort")).toBe("none");
  one(heading(), "button").click();
  table.sort = "id";
  await settled(table);
  expect(heading().getAttribute("aria-sort")).toBe("ascending");
  one(heading(), "button").click();
  table.sort = "-id";
  await settled(table);
  expect(heading().getAttribute("aria-sort")).toBe("descending");
  expect(orders).toEqual(["id", "-id"]);
});

it("the table has a check box that selects the visible devices, or deselects them if all are selected", async () => {
  await loaded();
  const selects = eventsOf(table, "select");
  const box = () => one<HTMLInputElement>(table, ".head input");
  box().dispatchEvent(new Event("change"));
  table.selected = new Set(["pump-0"]);
  await settled(table);
  expect([box().checked, box().indeterminate]).toEqual([false, true]);
  table.selected = new Set(devices.map(({ id }) => id));
  await settled(table);
  expect([box().checked, box().indeterminate]).toEqual([true, false]);
  box().dispatchEvent(new Event("change"));
  const ids = devices.map(({ id }) => id);
  expect(selects).toEqual([
    { ids, on: true },
    { ids, on: false },
  ]);
});

it("the table has no cursor at first; the first toggle of the selection only shows the cursor, and the next selects", async () => {
  await loaded();
  const selects = eventsOf(table, "select");
  expect([active(), table.current]).toEqual([[], undefined]);
  table.toggleCurrent();
  await settled(table);
  expect([active(), selects]).toEqual([["row-0"], []]);
  table.toggleCurrent();
  expect(selects).toEqual([{ ids: ["pump-0"], on: true }]);
});

it("the table shows the cursor at the first row by shortcut, and takes the focus so that screen readers follow", async () => {
  await loaded();
  table.step(1);
  await settled(table);
  expect([active(), table.current?.id]).toEqual([["row-0"], "pump-0"]);
  expect(table.shadowRoot?.activeElement).toBe(grid());
  table.step(1);
  await settled(table);
  expect(active()).toEqual(["row-1"]);
});

it("the table keeps the cursor on its device when the list is reordered, and removes it once the device has left", async () => {
  await loaded();
  const reorder = async (ids: readonly number[]) => {
    const items = ids.map((index) => devices[index]);
    vi.stubGlobal("fetch", stubGateway(() => ({ body: { items, total: items.length, next: null } })).fetch);
    list.refresh();
    await vi.advanceTimersByTimeAsync(100);
    await settled(table);
  };
  table.step(1);
  table.step(1);
  await reorder([3, 2, 1, 0]);
  expect([active(), table.current?.id]).toEqual([["row-2"], "pump-1"]);
  await reorder([3, 2, 0]);
  expect([active(), table.current]).toEqual([[], undefined]);
  table.step(1);
  await settled(table);
  expect(table.current?.id).toBe("pump-0");
});
