import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DeviceResource } from "../../../data/devices.ts";
import { type Answers, stubGateway } from "../../../testing/gateway.ts";
import { DeviceList } from "./device-list.ts";

function serving(answers: Answers): string[] {
  const { fetch, calls } = stubGateway(answers);
  vi.stubGlobal("fetch", fetch);
  return calls;
}

const TOTAL = 100_000;
const host = { addController() {}, removeController() {}, requestUpdate() {}, updateComplete: Promise.resolve(true) };
let seq = 1;
let status: DeviceResource["status"] = "connected";
let calls: string[] = [];
let list: DeviceList;
/** False: each further page comes from a newer answer than the first. */
let kept = true;

const device = (id: string) => ({ id, status, seq }) as DeviceResource;
const settled = () => vi.advanceTimersByTimeAsync(100);

beforeEach(async () => {
  vi.useFakeTimers();
  [seq, status, kept] = [1, "connected", true];
  calls = serving((_, { pathname, searchParams }) => {
    if (pathname.endsWith("/rows")) return { body: { items: (searchParams.get("ids") ?? "").split(",").map(device) } };
    const total = searchParams.get("search") === "few" ? 3 : TOTAL;
    const offset = Number(searchParams.get("offset") ?? searchParams.get("cursor") ?? 0);
    const limit = Math.min(Number(searchParams.get("limit")), Math.max(0, total - offset));
    const items = Array.from({ length: limit }, (_, index) => device(`d${offset + index}`));
    const next = offset + limit < total ? String(offset + limit) : null;
    const isGone = !kept && (searchParams.has("within") || searchParams.has("cursor"));
    return { body: { items, total, next, ...(isGone && { changed: true }) } };
  });
  list = new DeviceList(host);
  list.setVisible({ first: 0, end: 40 });
  list.show({});
  await settled();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("the device list reads each visible page once, and has no rows of other pages", async () => {
  expect(list.total).toBe(TOTAL);
  expect(list.at(39)?.id).toBe("d39");
  list.setVisible({ first: 50_080, end: 50_140 });
  expect(list.at(50_100)).toBeUndefined();
  await settled();
  list.setVisible({ first: 50_081, end: 50_141 });
  await settled();
  expect(list.at(50_100)?.id).toBe("d50100");
  expect(list.visible).toHaveLength(60);
  expect(calls.map((call) => /offset=(\d+)/.exec(call)?.[1])).toEqual(["0", "50000", "50100"]);
});

it("the device list requests nothing during quick scrolling", async () => {
  for (let first = 1_000; first < 90_000; first += 1_000) list.setVisible({ first, end: first + 40 });
  await settled();
  expect(calls).toHaveLength(2);
});

it("the device list drops the pages that were visible longest ago", async () => {
  for (let first = 0; first < 10_000; first += 100) {
    list.setVisible({ first, end: first + 40 });
    await settled();
  }
  expect(list.at(0)).toBeUndefined();
  expect(list.at(9_939)?.id).toBe("d9939");
  const known = Array.from({ length: 10_000 }, (_, index) => list.at(index)).filter(Boolean);
  expect(known).toHaveLength(3_000);
});

it("the device list shows the old list until the new list is loaded", async () => {
  list.show({ search: "few" });
  expect([list.stale, list.at(0)?.id, list.total]).toEqual([true, "d0", TOTAL]);
  await settled();
  expect([list.stale, list.total, list.at(3)]).toEqual([false, 3, undefined]);
});

it("the device list updates rows in place, never with older data, and returns the ids whose status changed", async () => {
  [seq, status] = [5, "disconnected"];
  expect(await list.update(["d1", "d2", "unknown"])).toEqual(["d1", "d2"]);
  [seq, status] = [4, "connected"];
  expect(await list.update(["d1"])).toEqual([]);
  expect(list.at(1)).toMatchObject({ id: "d1", status: "disconnected", seq: 5 });
});

it("the device list reads visible pages again on refresh, and drops all other pages", async () => {
  list.setVisible({ first: 500, end: 540 });
  await settled();
  calls.length = 0;
  list.refresh();
  await settled();
  expect(calls.map((call) => /offset=(\d+)/.exec(call)?.[1])).toEqual(["500"]);
  expect(list.at(0)).toBeUndefined();
});

it("the device list loads the list of a new query even if `refresh` is called meanwhile", async () => {
  list.show({ search: "few" });
  list.refresh();
  await settled();
  expect([list.stale, list.total]).toEqual([false, 3]);
});

it("the device list loads the first page again on refresh after a failure", async () => {
  vi.stubGlobal("fetch", async () => new Response("{}", { status: 503 }));
  list.show({ search: "few" });
  await settled();
  expect([list.error?.status, list.stale]).toEqual([503, true]);
  vi.stubGlobal("fetch", async () => Response.json({ items: [device("d0")], total: 1, next: null }));
  list.refresh();
  await settled();
  expect([list.error, list.stale, list.total]).toEqual([undefined, false, 1]);
});

it("the device list collects the ids of all matching devices, up to a limit", async () => {
  expect(await list.collect(2_500)).toHaveLength(2_500);
  list.show({ search: "few" });
  expect(await list.collect(2_500)).toEqual(["d0", "d1", "d2"]);
});

it("refreshIfUnmoved applies a new order if no visible row moves, and otherwise only returns true", async () => {
  const served = (order: readonly string[], total: number) =>
    serving(() => ({ body: { items: order.map(device), total, next: null } }));
  const first = Array.from({ length: 100 }, (_, index) => `d${index}`);
  served([...first.slice(0, 60), "new", ...first.slice(60, 99)], TOTAL + 1);
  expect(await list.refreshIfUnmoved({ first: 0, end: 20 })).toBe(false);
  expect([list.at(60)?.id, list.total]).toEqual(["new", TOTAL + 1]);
  served(["d1", "d0", ...first.slice(2)], TOTAL + 2);
  expect(await list.refreshIfUnmoved({ first: 0, end: 20 })).toBe(true);
  expect([list.at(0)?.id, list.at(60)?.id, list.total]).toEqual(["d0", "new", TOTAL + 1]);
  // Rows added or removed above the visible rows move the visible rows.
  served(first.slice(1), TOTAL);
  expect(await list.refreshIfUnmoved({ first: 10, end: 30 })).toBe(true);
});

it("refreshIfUnmoved ignores rows of an earlier query", async () => {
  const refreshed = list.refreshIfUnmoved({ first: 0, end: 20 });
  list.show({ search: "few" });
  expect(await refreshed).toBe(false);
  await settled();
  expect(list.total).toBe(3);
});

const withins = () => calls.map((call) => /within=(\d+)/.exec(call)?.[1]);

it("the device list reads further pages from the answer of the first page, until a refresh", async () => {
  list.setVisible({ first: 500, end: 540 });
  await settled();
  expect(withins()).toEqual([undefined, "100"]);
  calls.length = 0;
  list.setVisible({ first: 560, end: 660 });
  await settled();
  list.refresh();
  await settled();
  expect(calls.map((call) => /offset=(\d+)/.exec(call)?.[1])).toEqual(["600", "500", "600"]);
  expect(withins()).toEqual(["100", undefined, "600"]);
});

it("the device list reloads all visible pages when the gateway no longer keeps the answer that they come from", async () => {
  kept = false;
  calls.length = 0;
  list.setVisible({ first: 60, end: 160 });
  await settled();
  kept = true;
  await settled();
  expect(calls.length).toBeGreaterThan(1);
  expect(list.at(150)?.id).toBe("d150");
  expect(list.visible).toHaveLength(100);
});

it("the device list collects all pages again if they come from different answers, at most three times", async () => {
  kept = false;
  calls.length = 0;
  expect(await list.collect(2_500)).toHaveLength(2_500);
  expect(calls).toHaveLength(9);
  kept = true;
  calls.length = 0;
  expect(await list.collect(2_500)).toHaveLength(2_500);
  expect(calls).toHaveLength(3);
});

it("the device list keeps the rows of one moment until all visible rows of the next are there, wherever the list is scrolled", async () => {
  list.setVisible({ first: 50_080, end: 50_140 });
  await settled();
  calls.length = 0;
  list.show({ at: "2026-01-31T12:00:00Z" });
  expect([list.stale, list.at(50_085)?.id, list.at(50_135)?.id]).toEqual([true, "d50085", "d50135"]);
  await settled();
  expect([list.stale, list.at(50_085)?.id, list.at(50_135)?.id]).toEqual([false, "d50085", "d50135"]);
  expect(calls.map((call) => call.replace(/limit.*/, ""))).toEqual([
    "GET /api/history/devices?at=2026-01-31T12%3A00%3A00Z&offset=50000&",
    "GET /api/history/devices?at=2026-01-31T12%3A00%3A00Z&offset=50100&",
  ]);
  expect(calls[1]).toContain("within=50100");
  list.show({});
  await settled();
  expect(calls.at(-1)).toMatch(/^GET \/api\/devices\?offset=50100/);
});

it("the device list drops rows of the present that arrive after the list has gone to the past", async () => {
  const updated = list.update(["d0"]);
  [seq, status] = [9, "disconnected"];
  list.show({ at: "122" });
  await settled();
  const before = list.at(0);
  expect(await updated).toEqual([]);
  expect(list.at(0)).toBe(before);
});

it.each([{ at: "122" }, { search: "few" }])(
  "the device list reads nothing more once its page is left while %j loads",
  async (query) => {
    const left = new DeviceList(host);
    for (const next of [{}, query]) {
      const before = calls.length;
      left.show(next);
      expect(calls).toHaveLength(before + 1);
      left.hostDisconnected();
      left.setVisible({ first: 0, end: 40 });
      left.show(next);
      await settled();
      expect(calls).toHaveLength(before + 1);
      left.hostConnected();
      left.show(next);
      await settled();
      expect(left.total).toBeDefined();
    }
  },
);
