// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AuditEntry } from "../../data/audit.ts";
import { session } from "../../state/session.ts";
import { all, mount, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { AuditPageElement } from "./audit-page.ts";

const ADA = "f2b7c1de-90aa-4b8c-8f43-2a1d5f0c7e64";

let items: AuditEntry[];
beforeEach(() => {
  vi.stubGlobal(
    "fetch",
    stubGateway(() => ({ body: { items, next: null, total: items.length, refusals: "included" } })).fetch,
  );
});
afterEach(() => {
  unmountAll();
  session.set({ state: "signed-out" });
  vi.unstubAllGlobals();
});

const entry = (more: Partial<AuditEntry>): AuditEntry => ({
  ...{
    kind: "act",
    seq: 7,
    id: "e7",
    at: "2026-01-31T12:00:00.000Z",
    action: "device.register",
    event: "DeviceRegistered",
  },
  ...more,
});

async function callers(role: string): Promise<readonly (readonly [string, string | null])[]> {
  session.set({ state: "signed-in", info: { operator: { id: "own", name: "own@example.org", role } } as never });
  const page = await mount(new AuditPageElement());
  return vi.waitFor(async () => {
    await settled(page);
    const buttons = all(page, ".who button");
    expect(buttons).toHaveLength(items.length);
    return buttons.map((button) => [textOf(button), button.getAttribute("title")] as const);
  });
}

it("names who did something, also an erased person, and keeps the whole id in the tooltip", async () => {
  items = [entry({ by: ADA, name: "Ada" }), entry({ seq: 6, by: ADA, name: "erased" }), entry({ seq: 5, by: "admin" })];
  expect(await callers("owner")).toEqual([
    ["Ada", "Show only what Ada did"],
    ["erased person f2b7c1de…", `Show only what ${ADA} did`],
    ["admin", "Show only what admin did"],
  ]);
});

it("shows the beginning of an id to somebody who may not see people", async () => {
  items = [entry({ by: ADA })];
  expect(await callers("analyst")).toEqual([["f2b7c1de…", `Show only what ${ADA} did`]]);
});
