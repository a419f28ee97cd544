// @vitest-environment happy-dom
import { DIALECT_NAMES } from "@fleetlog/protocol/dialects";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DeviceDetail } from "../../../data/devices.ts";
import { all, mount, settled, textOf, unmountAll } from "../../../testing/dom.ts";
import { ConfigurationCard } from "./configuration-card.ts";

const nothingSet = { revision: 0, desired: {}, reported: null, difference: [], own: {}, defaults: [], sources: {} };
const set = { ...nothingSet, revision: 1, desired: { every: "5s" }, setBy: "ann", setAt: "2026-01-31T12:00:00.000Z" };

let current: unknown = nothingSet;
beforeEach(() => {
  vi.stubGlobal("fetch", async () => Response.json(current));
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

async function card(dialect?: string) {
  const device = { id: "pump-1", status: "connected", ...(dialect && { dialect }) } as DeviceDetail;
  const element = await mount(new ConfigurationCard(), { device });
  await vi.waitFor(async () => {
    await settled(element);
    if (dialect === undefined) expect(all(element, ".card-body")).not.toEqual([]);
  });
  return element;
}

it("the card says that a native device gets the values that are set", async () => {
  current = nothingSet;
  const element = await card();
  expect(all(element, "section").map(textOf).join()).toContain("What you set is delivered to it");
  expect(all(element, ".card-head button").map(textOf)).toEqual(["Edit"]);
});

it.each(DIALECT_NAMES)("the card is hidden for a device of %s if nothing is set for the device", async (dialect) => {
  current = nothingSet;
  const element = await card(dialect);
  await new Promise((resolve) => setTimeout(resolve));
  await settled(element);
  expect(all(element, "section")).toEqual([]);
});

it.each(DIALECT_NAMES)(
  "the card says that a device of %s does not get the values that are set, and offers no change",
  async (dialect) => {
    current = set;
    const element = await card(dialect);
    await vi.waitFor(() => expect(all(element, "section")).toHaveLength(1));
    const text = all(element, "section").map(textOf).join();
    expect(text).toMatch(/do(es)? not get what is set here/);
    expect(text).not.toContain("not applied yet");
    expect(all(element, ".card-head button, .revisions button")).toEqual([]);
  },
);
