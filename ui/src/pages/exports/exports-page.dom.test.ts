// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SessionInfo } from "../../data/session.ts";
import { navigate, pageLocation } from "../../state/location.ts";
import { session } from "../../state/session.ts";
import { all, choose, mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { ExportsPage } from "./exports-page.ts";

const calls: string[] = [];
let headers: Record<string, string>;
let problem: object | undefined;

beforeEach(() => {
  calls.length = 0;
  problem = undefined;
  headers = { "fleetlog-stream": "FLEET", "fleetlog-from": "3", "fleetlog-to": "12", "fleetlog-events": "7" };
  vi.stubGlobal("fetch", async (path: string) => {
    // Leaves out requests for the session, which the page makes while it has no feed.
    if (path.startsWith("/api/history")) calls.push(path);
    return problem === undefined
      ? new Response("{}\n", { headers })
      : new Response(JSON.stringify(problem), { status: 404 });
  });
});
afterEach(() => {
  unmountAll();
  session.set({ state: "signed-out" });
  vi.unstubAllGlobals();
});

async function shown(search = "", role = "analyst"): Promise<ExportsPage> {
  session.set({ state: "signed-in", info: { operator: { id: "ann", name: "Ann", role } } as SessionInfo });
  navigate(`/history/exports${search}`, "replace");
  return mount(new ExportsPage());
}
const found = (page: ExportsPage, text: string) =>
  vi.waitFor(async () => {
    await settled(page);
    expect(textOf(page)).toContain(text);
  });

it("the page offers a file of exactly the counted events, and how to continue its download", async () => {
  const page = await shown("?device=pump-1&format=csv");
  await found(page, "7 events in sequences 3 to 12 of FLEET.");
  expect(calls).toEqual(["/api/history/export?device=pump-1&format=jsonl"]);
  const link = one<HTMLAnchorElement>(page, "a.button");
  expect([link.download, new URL(link.href).search]).toEqual([
    "fleet-3-12.csv",
    "?device=pump-1&format=csv&from=3&to=12",
  ]);
  expect(all(page, "pre").map(textOf).join()).toMatch(/--output 'fleet-3-12.csv' 'http.*from=3&to=12'.*header=absent/);
});

it("the page counts again when the form changes, and keeps the form in the URL", async () => {
  const page = await shown();
  await found(page, "fleet-3-12.jsonl");
  const box = all(page, "input[type=checkbox]").find((one) => textOf(one.parentElement as HTMLElement) === "command");
  box?.click();
  await vi.waitFor(() => expect(calls.at(-1)).toBe("/api/history/export?category=command&format=jsonl"));
  choose(one<HTMLSelectElement>(page, "#stream"), "telemetry");
  await settled(page);
  expect(pageLocation.value.search).toBe("?category=telemetry");
  expect(all(page, "fieldset")).toEqual([]);
  const before = calls.length;
  choose(one<HTMLSelectElement>(page, "#format"), "parquet");
  await found(page, "fleet-3-12.parquet");
  expect(calls).toHaveLength(before);
});

it("the page says when there are no events, and why there is no file", async () => {
  headers = { "fleetlog-stream": "TELEMETRY", "fleetlog-from": "1", "fleetlog-to": "0" };
  await found(await shown("?category=telemetry"), "There are no such events.");
  unmountAll();
  problem = { status: 404, code: "device-unknown", title: "Unknown device", detail: "there is no device x" };
  const page = await shown("?device=x");
  await found(page, "There is no device x.");
  expect(all(page, "a.button")).toEqual([]);
});

it("the page is not for viewers", async () => {
  const page = await shown("", "viewer");
  expect([textOf(page).includes("Exports are not for your role"), calls]).toEqual([true, []]);
});
