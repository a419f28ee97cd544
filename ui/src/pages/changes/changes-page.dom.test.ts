// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { IncidentDialog } from "../../components/history/incident-dialog.ts";
import type { Diff } from "../../data/history.ts";
import { navigate, pageLocation } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { session } from "../../state/session.ts";
import { all, choose, mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { type StubGateway, stubGateway } from "../../testing/gateway.ts";
import { ChangesPage } from "./changes-page.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");
const lost = { kind: "gateway-death", by: "g2" } as const;
const diff: Diff = {
  from: { seq: 5000, at: "2026-01-31T11:00:00.000Z" },
  to: { seq: 5130, at: "2026-01-31T11:59:59.000Z" },
  items: [
    {
      ...{ device: "pump-7", change: "status", before: "connected", after: "disconnected", cause: lost },
      events: [{ seq: 5128, id: "e/lost", type: "GatewayLost", time: "2026-01-31T11:59:58.000Z" }],
    },
    {
      ...{ device: "pump-7", change: "profile/notes", before: null, after: "x".repeat(300) },
      ...{ cause: { kind: "device" }, events: [] },
    },
  ],
  total: 412,
  next: "page-2",
  causes: [
    { ...lost, changes: 411, devices: 411, firstSeq: 5128, lastSeq: 5128 },
    { kind: "device", changes: 1, devices: 1, firstSeq: 5100, lastSeq: 5100 },
  ],
  moreCauses: 3,
};

let gateway: StubGateway;
let answer: { status?: number; body?: unknown };

const as = (role: string) => session.set({ state: "signed-in", info: { operator: { role } } as never });

beforeEach(() => {
  as("analyst");
  vi.useFakeTimers({ now: NOW });
  answer = { body: diff };
  gateway = stubGateway((_, { pathname }) =>
    pathname === "/api/groups" ? { body: { items: [{ name: "roof/east", account: "main" }] } } : answer,
  );
  vi.stubGlobal("fetch", gateway.fetch);
});
afterEach(() => {
  unmountAll();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open(search: string) {
  navigate(paths.changes + search, "replace");
  const page = await mount(new ChangesPage());
  await shown(page);
  return page;
}

async function shown(page: ChangesPage): Promise<void> {
  await vi.advanceTimersByTimeAsync(10);
  await settled(page);
}

const parameters = () => Object.fromEntries(new URLSearchParams(pageLocation.value.search));
const asked = () => gateway.calls.filter((call) => call.includes("/history/diff"));

it("the page compares the last hour, unless the URL has another time", async () => {
  await open("");
  expect(parameters()).toEqual({ from: "2026-01-31T11:00:00Z" });
  expect(asked()).toEqual(["GET /api/history/diff?from=2026-01-31T11%3A00%3A00Z"]);
});

it("the page shows each change with its cause, down to its events", async () => {
  const page = await open("?from=5000");
  const [status, notes] = all(page, ".items > li").map(textOf);
  expect(status).toMatch(/^pump-7 Connection connected became disconnected Gateway g2 was lost 1 event/);
  expect(notes).toContain(`none became ${"x".repeat(120)}…`);
  expect(all(page, ".event a").map((link) => link.getAttribute("href"))).toEqual([
    paths.chain("e/lost"),
    `${paths.device("pump-7")}?at=5128`,
  ]);
  expect(all(page, ".whole fl-json").map(textOf)[0]).toContain("x".repeat(300));
  expect(textOf(one(page, "[role=status]"))).toBe("412 changes");
});

it("the page filters by cause, field, group and device, and then returns to the first page", async () => {
  const page = await open("?from=5000&cursor=page-1");
  const chips = all(page, ".chips button");
  expect(chips.map(textOf)).toEqual(["Gateway g2 was lost 411", "The device itself 1"]);
  expect(textOf(one(page, ".chips"))).toContain("and 3 more causes");
  chips[0]?.click();
  expect(parameters()).toEqual({ from: "5000", cause: "gateway-death", by: "g2" });
  await shown(page);
  const [first] = all(page, ".chips button");
  expect(first?.getAttribute("aria-pressed")).toBe("true");
  first?.click();
  all(page, ".items .link")[1]?.click();
  expect(parameters()).toEqual({ from: "5000", change: "profile/notes" });
  choose(one<HTMLSelectElement>(page, "[aria-label=Group]"), "main/roof/east");
  expect(parameters()).toEqual({ from: "5000", change: "profile/notes", account: "main", group: "roof/east" });
  const device = one<HTMLInputElement>(page, "[aria-label=Device]");
  device.value = " pump-7 ";
  device.dispatchEvent(new Event("change"));
  expect(parameters()).toEqual({ from: "5000", change: "profile/notes", device: "pump-7" });
  await shown(page);
  one(page, ".chips button", "Only Profile: notes").click();
  expect(parameters()).not.toHaveProperty("change");
});

it("the page keeps the number of the list's page in the URL", async () => {
  const page = await open("?from=5000");
  one(page, ".pages button", "Older changes").click();
  expect(parameters()).toEqual({ from: "5000", cursor: "page-2" });
  answer = { body: { ...diff, next: null } };
  await shown(page);
  expect(asked().at(-1)).toBe("GET /api/history/diff?from=5000&cursor=page-2");
  one(page, ".pages button", "First page").click();
  expect(parameters()).toEqual({ from: "5000" });
});

it("the page compares up to a chosen time, and then up to now again", async () => {
  const page = await open("?from=5000");
  one(page, ".moment button", "now").click();
  expect(parameters()).toEqual({ from: "5000", to: "2026-01-31T11:59:59Z" });
  await shown(page);
  one(page, ".moment button", "Now").click();
  expect(parameters()).toEqual({ from: "5000" });
});

it("the page shows a chosen cause without changes, and how to see all causes", async () => {
  answer = { body: { ...diff, items: [], total: 0, next: null, causes: [] } };
  const page = await open("?from=5000&cause=operator&by=ada");
  expect(all(page, ".chips button").map(textOf)).toEqual(["By ada 0"]);
  one(page, "fl-empty button").click();
  expect(parameters()).toEqual({ from: "5000" });
});

it("the page shows why the gateway refused the moments, and hides the earlier changes", async () => {
  const page = await open("?from=5000");
  answer = {
    status: 400,
    body: { status: 400, code: "invalid-request", title: "Invalid", detail: "from is after to" },
  };
  navigate(`${paths.changes}?from=6000&to=5000`);
  await shown(page);
  await shown(page);
  expect(textOf(one(page, "[role=alert]"))).toContain("From is after to.");
  expect(all(page, ".items > li")).toEqual([]);
});

it("the page makes a file of the compared moments and devices", async () => {
  const page = await open("?from=5000&group=roof&account=main");
  one(page, "button", "File of an incident…").click();
  await settled(page);
  const dialog = one<IncidentDialog>(page, "fl-incident-dialog");
  const { devices, group, account, from, to } = dialog;
  expect({ devices, group, account }).toEqual({ devices: [], group: "roof", account: "main" });
  expect([from, to]).toEqual([Date.parse(diff.from.at), Date.parse(diff.to.at)]);
});

it("the page is not for viewers", async () => {
  as("viewer");
  expect(textOf(await open("?from=5000"))).toContain("What changed is not for your role");
  expect(asked()).toEqual([]);
});

it("the page does not repeat a comparison that takes too long", async () => {
  const detail = "the answer would take longer than 20 seconds";
  answer = { status: 422, body: { status: 422, code: "query-limit", title: "The query exceeds a limit", detail } };
  const page = await open("?from=1");
  await vi.advanceTimersByTimeAsync(60_000);
  await settled(page);
  expect(asked()).toHaveLength(1);
  expect(textOf(one(page, "fl-error"))).toContain("The answer would take longer than 20 seconds");
});
