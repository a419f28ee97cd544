// @vitest-environment happy-dom
import type { UpdatesResource } from "@fleetlog/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { session } from "../../state/session.ts";
import { mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { UpdatesCard } from "./updates-card.ts";

const askedAt = "2026-01-31T12:00:00.000Z";
const found: UpdatesResource = {
  ...{ device: "d1", model: "UC", state: "failed", lookedAt: askedAt, seq: 9 },
  updates: [
    {
      ...{ catalogue: "moxa", package: "thingspro", category: "software", state: "blocked", askedAt },
      ...{ title: "ThingsPro Edge", current: "2.1", newest: "2.2", size: 4_194_304 },
      needs: [{ package: "firmware", version: "1.5", has: "1.4", offered: "1.6" }],
    },
  ],
  failures: [{ catalogue: "own", reason: "it answered 403", askedAt }],
};

let items: readonly UpdatesResource[];
let catalogues: readonly object[];
beforeEach(() => {
  items = [found];
  catalogues = [{ name: "moxa", account: "main", enabled: true }];
  signIn("operator");
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

function signIn(role: string): void {
  const info = { operator: { id: "ada", name: "Ada", role }, account: "main" };
  session.set({ state: "signed-in", info: info as never });
}

/** Waits until the card has this text. */
async function shown(text: string) {
  const gateway = stubGateway((method, { pathname }) => {
    if (method === "POST") return { status: 202, body: { id: "s1", account: "main" } };
    if (pathname === "/api/updates") return { body: { items, total: items.length, next: null, byState: {} } };
    if (pathname === "/api/catalogues") return { body: { items: catalogues, total: catalogues.length, next: null } };
    return { body: { id: "s1", state: "ended" } };
  });
  vi.stubGlobal("fetch", gateway.fetch);
  const card = await mount(new UpdatesCard(), { device: "d1", account: "main" });
  await vi.waitFor(async () => {
    await settled(card);
    expect(textOf(card)).toContain(text);
  });
  return { card, calls: gateway.calls };
}

it("the card shows what a device has, what it needs first, and why a catalogue failed", async () => {
  const { card } = await shown("Last looked at");
  const text = textOf(card);
  expect(text).toContain("ThingsPro Edge 2.1 → 2.2");
  expect(text).toContain("needs firmware 1.5 (has 1.4, 1.6 is offered) first");
  expect(text).toContain("The catalogue has refused Fleetlog (403).");
  expect(text).toContain("Last looked at");
});

it("the card shows one state for several packages beside its heading, unless a catalogue failed", async () => {
  const head = async () => textOf(one((await shown("Last looked at")).card, ".card-head"));
  expect(await head()).toBe("Updates Look again");
  const [first] = found.updates;
  items = [{ ...found, state: "blocked", failures: [], updates: [first, first] as UpdatesResource["updates"] }];
  expect(await head()).toBe("Updates needs something first Look again");
  items = [{ ...found, state: "blocked", failures: [] }];
  expect(await head()).toBe("Updates Look again");
});

it("the card starts another scan, and shows what was found when that scan has ended", async () => {
  const { card, calls } = await shown("Look again");
  items = [{ ...found, state: "up-to-date", failures: [], updates: [] }];
  one(card, "button", "Look again").click();
  await vi.waitFor(async () => {
    await settled(card);
    expect(textOf(card)).toContain("No catalogue lists anything for the model UC.");
  });
  expect(calls).toContain("POST /api/scans");
  expect(calls).toContain("GET /api/scans/s1");
});

it("the card offers a first scan if there are catalogues, and is not shown otherwise", async () => {
  items = [];
  await shown("The device was not compared with the catalogues yet.");
  catalogues = [{ name: "moxa", account: "north", enabled: true }];
  const { card, calls } = await shown("");
  await vi.waitFor(() => expect(calls).toContain("GET /api/catalogues?limit=200"));
  await settled(card);
  expect(textOf(card)).toBe("");
});

it("the card has no button for people who only read", async () => {
  signIn("viewer");
  const { card, calls } = await shown("Last looked at");
  expect(textOf(card)).not.toContain("Look again");
  expect(calls.some((call) => call.includes("catalogues"))).toBe(false);
});
