// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Chain } from "../../data/history.ts";
import { paths } from "../../state/paths.ts";
import { session } from "../../state/session.ts";
import { all, mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { type StubGateway, stubGateway } from "../../testing/gateway.ts";
import { ChainPage } from "./chain-page.ts";

const time = "2026-01-31T11:59:58.000Z";
const chain: Chain = {
  start: "e/lost",
  nodes: [
    { id: "e", kind: "event", seq: 5000, type: "GatewayStarted", time, gateway: "g2" },
    { id: "e/lost", kind: "event", seq: 5128, type: "GatewayLost", time, gateway: "g2", detail: "lease" },
    { id: "hidden-3", kind: "hidden" },
    { id: "x", kind: "event", seq: 5130, type: "CommandFailed", time, device: "pump-8" },
    { ...{ id: "5128/pump-7/status", kind: "change", seq: 5128 }, device: "pump-7", change: "status" },
  ],
  edges: [
    { from: "e", to: "e/lost" },
    { from: "e/lost", to: "hidden-3" },
    { from: "hidden-3", to: "x" },
    { from: "e/lost", to: "5128/pump-7/status" },
  ],
  truncated: true,
};

let gateway: StubGateway;
let copied: string[];
let found: { status?: number; body?: unknown };

const as = (role: string) => session.set({ state: "signed-in", info: { operator: { role } } as never });

beforeEach(() => {
  as("analyst");
  copied = [];
  found = { body: chain };
  gateway = stubGateway((_, { searchParams }) => (searchParams.has("as") ? { body: "flowchart" } : found));
  vi.stubGlobal("fetch", gateway.fetch);
  vi.stubGlobal("navigator", { clipboard: { writeText: async (text: string) => void copied.push(text) } });
});
afterEach(() => {
  unmountAll();
  session.set({ state: "signed-out" });
  vi.unstubAllGlobals();
});

async function open(event = "e/lost"): Promise<ChainPage> {
  const page = new ChainPage();
  page.event = event;
  await mount(page);
  await settled(page);
  return page;
}
const asked = () => gateway.calls.filter((call) => call.includes("/history/chain/"));

it("the page nests effects below their causes, and marks the requested event", async () => {
  const page = await open();
  await vi.waitFor(() => expect(all(page, ".node")).toHaveLength(5));
  expect(asked()).toEqual(["GET /api/history/chain/e%2Flost"]);
  const depths = all(page, ".node").map((node) => {
    let depth = 0;
    for (let list = node.closest("ol"); list; list = list.parentElement?.closest("ol") ?? null) depth++;
    return [depth, textOf(node).split(" ")[0]];
  });
  expect(depths).toEqual([
    [1, "GatewayStarted"],
    [2, "GatewayLost"],
    [3, "An"],
    [4, "CommandFailed"],
    [3, "Connection"],
  ]);
  expect(all(page, "[aria-current]").map(textOf)).toEqual([expect.stringContaining("GatewayLost")]);
  expect(all(page, ".node a").map((link) => link.getAttribute("href"))).toEqual([
    `${paths.device("pump-8")}?at=5130`,
    `${paths.device("pump-7")}?at=5128`,
  ]);
  expect(textOf(page)).toContain("1 event in between has no content");
});

it("the page shows more of a long chain", async () => {
  const page = await open();
  one(page, "button", "Show more").click();
  await settled(page);
  await vi.waitFor(() => expect(asked().at(-1)).toBe("GET /api/history/chain/e%2Flost?depth=50&limit=500"));
  await vi.waitFor(() => expect(textOf(page)).toContain("Open the chain of a later event"));
});

it("the page is copied as Mermaid and as JSON", async () => {
  const page = await open();
  one(page, "button", "Copy as JSON").click();
  one(page, "button", "Copy as Mermaid").click();
  await vi.waitFor(() => expect(copied).toHaveLength(2));
  expect(JSON.parse(copied[0] ?? "")).toEqual(chain);
  expect(asked().at(-1)).toBe("GET /api/history/chain/e%2Flost?as=mermaid");
  expect(copied[1]).toContain("flowchart");
});

it("the page says that the event is unknown, and that viewers may not read causes", async () => {
  found = { status: 404, body: { status: 404, code: "not-found" } };
  const page = await open("none");
  await vi.waitFor(() => expect(textOf(page)).toContain("There is no such event"));
  as("viewer");
  const calls = asked().length;
  expect(textOf(await open())).toContain("not for your role");
  expect(asked()).toHaveLength(calls);
});
