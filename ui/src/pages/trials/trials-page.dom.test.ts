// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Trial } from "../../data/trials.ts";
import { navigate, pageLocation } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { session } from "../../state/session.ts";
import { all, choose, mount, one, press, settled, textOf, type, unmountAll } from "../../testing/dom.ts";
import { type StubGateway, stubGateway } from "../../testing/gateway.ts";
import { ownTrials } from "./own-trials.ts";
import { TrialsPage } from "./trials-page.ts";

const about = {
  from: { seq: 5000, at: "2026-01-31T11:00:00.000Z" },
  to: { seq: 5140, at: "2026-01-31T12:00:00.000Z" },
  limits: ["Clocks differ."],
};
const running: Trial = { id: "h1.a", state: "running", progress: 0.25, ...about };
const gone = { cause: "lease", disconnectedAt: "2026-01-31T11:59:00.000Z" } as const;
const done: Trial = {
  ...running,
  ...{ state: "done", progress: 1, moreDifferences: 0, meaning: ["1 disconnection fewer, 1 later."] },
  differences: [
    { ...gone, device: "pump-7", seq: 5128, outcome: "avoided", until: "2026-01-31T11:59:20.000Z" },
    { ...gone, device: "pump-8", seq: 5128, outcome: "later", triedAt: "2026-01-31T11:59:40.000Z" },
  ],
  counts: {
    ...{ disconnections: 3, tried: 2, avoided: 1, later: 1, afterSpan: 0, unknown: 0, devices: 2 },
    ...{ silentMs: 60_000, commands: 4 },
  },
};

const lease = { renewedAt: "2026-01-31T12:00:00.000Z", lapsesAt: "2026-01-31T12:00:30.000Z" };
const system = { gateways: [{ name: "g1" }, { name: "g2", live: { lease } }] };

let gateway: StubGateway;
let bodies: unknown[];
let started: { status?: number; body?: unknown };
let read: { status?: number; body?: unknown };

const as = (role: string, id = "ann") => session.set({ state: "signed-in", info: { operator: { id, role } } as never });

beforeEach(() => {
  vi.useFakeTimers();
  as("analyst");
  ownTrials.set([]);
  bodies = [];
  [started, read] = [{ status: 202, body: running }, { body: running }];
  gateway = stubGateway((method, { pathname }, body) => {
    if (pathname === "/api/groups") return { body: { items: [] } };
    if (pathname === "/api/system") return { body: system };
    if (method === "DELETE") return { status: 204 };
    if (method === "GET") return read;
    bodies.push(body);
    return started;
  });
  vi.stubGlobal("fetch", gateway.fetch);
});
afterEach(() => {
  unmountAll();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open(search = ""): Promise<TrialsPage> {
  navigate(paths.trials + search, "replace");
  const page = await mount(new TrialsPage());
  await after(page, 1);
  return page;
}

async function after(page: TrialsPage, ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settled(page);
}

async function submit(page: TrialsPage): Promise<void> {
  one(page, "form").dispatchEvent(new Event("submit", { cancelable: true }));
  await after(page, 1);
}
const trialCalls = () => gateway.calls.filter((call) => call.includes("/history/trials"));

it("the page starts a trial with the settings in the URL, follows it, and shows its result", async () => {
  const page = await open("?lease=60s&from=5000");
  await submit(page);
  expect(bodies).toEqual([{ presence: { lease: "60s" }, from: "5000" }]);
  expect(textOf(page)).toContain("Lease 60s");
  expect(one(page, "[role=meter]").getAttribute("aria-valuenow")).toBe("25");
  read = { body: done };
  await after(page, 1_000);
  expect(textOf(one(page, ".meaning"))).toBe("1 disconnection fewer, 1 later.");
  expect(all(page, "tbody tr").map(textOf)).toEqual([
    expect.stringMatching(/^pump-7 .* Gateway lost Not disconnected/),
    expect.stringMatching(/^pump-8 .* Gateway lost Later by 40 s not in the span$/),
  ]);
  expect(one(page, "td a", "pump-7").getAttribute("href")).toBe(`${paths.device("pump-7")}?at=5128`);
  expect(textOf(one(page, "dl"))).toContain("3 → 2");
  // The tab has the result, so the historian need not keep it.
  await after(page, 60_000);
  expect(trialCalls()).toEqual([
    "POST /api/history/trials",
    "GET /api/history/trials/h1.a",
    "DELETE /api/history/trials/h1.a",
  ]);
});

it("the form shows the lease in the URL as a number with a unit, and the lease and the time-out that apply today", async () => {
  const page = await open("?lease=2m");
  expect(one<HTMLInputElement>(page, "#lease").value).toBe("2");
  expect(one<HTMLSelectElement>(page, "[aria-label='Unit of lease of gateways']").value).toBe("m");
  expect(textOf(one(page, "#lease-hint"))).toMatch(/^Today: 30 s\./);
  expect(textOf(one(page, "#timeout-hint"))).toMatch(/^Today: 1\.5 times the keep-alive by MQTT/);
  type(one<HTMLInputElement>(page, "#lease"), "");
  await submit(page);
  expect([textOf(page).includes("Enter a lease or a time-out."), bodies]).toEqual([true, []]);
});

it("the page keeps its trials while the tab shows another page, for the same person", async () => {
  const page = await open();
  type(one<HTMLInputElement>(page, "#timeout"), "1.5");
  choose(one<HTMLSelectElement>(page, "[aria-label='Unit of time-out of devices']"), "m");
  await settled(page);
  await submit(page);
  expect(pageLocation.value.search).toBe("?timeout=1.5m");
  unmountAll();
  read = { body: done };
  await vi.advanceTimersByTimeAsync(1_000);
  expect(textOf(await open())).toContain("1 disconnection fewer");
  as("analyst", "bob");
  expect(textOf(await open())).not.toContain("1 disconnection fewer");
});

it("the page stops and forgets a trial", async () => {
  const page = await open("?lease=60s");
  await submit(page);
  one(page, "button", "Stop").click();
  await after(page, 5_000);
  expect(trialCalls().slice(1)).toEqual(["DELETE /api/history/trials/h1.a"]);
  expect(all(page, "fl-trial-card")).toEqual([]);
});

it("the page shows the fault of a setting at its field, and which setting is missing", async () => {
  const page = await open();
  await submit(page);
  expect([textOf(page).includes("Enter a lease or a time-out."), bodies]).toEqual([true, []]);
  started = {
    status: 400,
    body: { status: 400, code: "invalid-request", detail: "too short", field: "presence.lease" },
  };
  type(one<HTMLInputElement>(page, "#lease"), "1");
  await submit(page);
  expect(textOf(one(page, "#lease-hint"))).toContain("Too short");
  expect(one(page, "#lease").getAttribute("aria-invalid")).toBe("true");
});

it("the page tries a projection, and shows its rows as a table", async () => {
  const page = await open();
  choose(one<HTMLSelectElement>(page, "#try"), "projection");
  await settled(page);
  const editor = () => one<HTMLTextAreaElement>(page, "textarea");
  expect(editor().value).toContain("function evolve(");
  const code = `// Counts\nfunction evolve(n = 0) { return n + 1 }${" ".repeat(5_000)}`;
  type(editor(), code);
  type(one<HTMLInputElement>(page, "#categories"), "session");
  press(editor(), "Enter", { ctrlKey: true });
  await after(page, 1);
  expect(bodies).toEqual([{ projection: { code, categories: ["session"] } }]);
  expect(pageLocation.value.search).toBe("?try=projection&categories=session");
  expect(editor().value).toBe(code);
  const rows = [
    { key: "pump-7", row: { n: 12 } },
    { key: "pump-8", row: { n: 4 } },
  ];
  read = { body: { ...running, state: "done", limits: [], rows, moreRows: 0, events: 16 } };
  await after(page, 1_000);
  expect(textOf(one(page, "fl-trial-card [role=status]"))).toBe("2 rows from 16 events.");
  expect(all(page, "td").map(textOf)).toEqual(["pump-7", "12", "pump-8", "4"]);
  expect(all(page, "th").map(textOf)).toEqual(["key", "n"]);
});

it("the page shows why a projection was not started, or was ended", async () => {
  const page = await open("?try=projection&code=evolve");
  started = {
    status: 400,
    body: { status: 400, code: "invalid-request", detail: "it is too long", field: "projection.code" },
  };
  await submit(page);
  expect(textOf(one(page, "form .fault"))).toContain("too long");
  expect(one(page, "textarea").getAttribute("aria-invalid")).toBe("true");
  started = { status: 202, body: running };
  await submit(page);
  read = {
    body: { ...running, state: "failed", limits: [], problem: "the projection was ended: it ran longer than 2 s" },
  };
  await after(page, 1_000);
  expect(textOf(one(page, "fl-trial-card .fault"))).toContain("it ran longer than 2 s");
});

it("the page says that a trial is no longer kept, and that viewers may not start trials", async () => {
  const page = await open("?lease=60s");
  await submit(page);
  read = { status: 404, body: { status: 404, code: "not-found" } };
  await after(page, 1_000);
  expect(textOf(page)).toContain("This trial is not kept any more.");
  as("viewer");
  expect(textOf(await open())).toContain("Trials are not for your role");
});

it("the page tries a catalogue from a file, and shows which updates would differ", async () => {
  const page = await open("?try=scan&catalogue=vendor");
  const packages = [{ name: "firmware", category: "firmware", version: "1.5" }];
  const file = new File([JSON.stringify({ packages })], "catalogue.json");
  const input = one<HTMLInputElement>(page, "input[type=file]");
  Object.defineProperty(input, "files", { configurable: true, value: [file] });
  input.dispatchEvent(new Event("change"));
  await vi.waitFor(() => expect(one<HTMLTextAreaElement>(page, "textarea").value).toContain('"1.5"'));
  await settled(page);
  expect(all(page, "#from")).toEqual([]);
  await submit(page);
  expect(bodies).toEqual([{ scan: { catalogue: "vendor", packages } }]);
  const update = { package: "firmware", category: "firmware", current: "1.4" } as const;
  const scanned: Trial = {
    ...{
      ...running,
      state: "done",
      from: about.to,
      moreUpdates: 0,
      meaning: ["2 of 3 devices would have had other updates."],
    },
    updates: [
      {
        ...{ ...update, device: "pump-7", before: { state: "up-to-date", newest: "1.4" } },
        tried: { state: "available", available: "1.5", newest: "1.5" },
      },
      {
        ...{ ...update, device: "pump-8" },
        tried: { state: "blocked", newest: "1.5", needs: [{ package: "loader", version: "2" }] },
      },
    ],
  };
  read = { body: scanned };
  await after(page, 1_000);
  expect(textOf(one(page, "fl-trial-card h3"))).toBe("Another vendor");
  expect(textOf(one(page, ".meaning"))).toContain("2 of 3 devices");
  expect(all(page, "tbody tr").map(textOf)).toEqual([
    expect.stringMatching(/^pump-7 firmware 1.4 available 1.5 up to date$/),
    expect.stringMatching(/^pump-8 firmware 1.4 needs something first 1.5 needs loader 2 not listed$/),
  ]);
  expect(one(page, "td a", "pump-7").getAttribute("href")).toBe(`${paths.device("pump-7")}?at=5140`);
});

it("the page does not send an unreadable catalogue, and shows which package is refused", async () => {
  const page = await open("?try=scan&packages=%5B");
  await submit(page);
  expect(textOf(one(page, ".fault"))).toContain("not JSON");
  expect(bodies).toEqual([]);
  const field = "scan.packages[0].version";
  started = { status: 400, body: { status: 400, code: "invalid-request", detail: "it must be text", field } };
  type(one<HTMLTextAreaElement>(page, "textarea"), '[{"name":"a","category":"firmware","version":1}]');
  await submit(page);
  expect(textOf(one(page, ".fault"))).toContain("packages[0].version: It must be text");
  expect(one(page, "textarea").getAttribute("aria-invalid")).toBe("true");
});
