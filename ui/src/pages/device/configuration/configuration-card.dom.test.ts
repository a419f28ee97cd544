// @vitest-environment happy-dom
import { DIALECT_NAMES } from "@fleetlog/protocol/dialects";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DeviceDetail } from "../../../data/devices.ts";
import { all, mount, one, settled, textOf, unmountAll } from "../../../testing/dom.ts";
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

async function card(dialect?: string, status = "connected") {
  const device = { id: "pump-1", status, ...(dialect && { dialect }) } as DeviceDetail;
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
  expect(all(element, "section").map(textOf).join()).toContain("Values that you set are sent to it");
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

it("the card says that it loads, until it has the values", async () => {
  let answer = () => {};
  vi.stubGlobal(
    "fetch",
    () =>
      new Promise((resolve) => {
        answer = () => resolve(Response.json(nothingSet));
      }),
  );
  const device = { id: "pump-1", status: "connected" } as DeviceDetail;
  const element = await mount(new ConfigurationCard(), { device });
  expect(textOf(element)).toBe("Configuration Loading…");
  answer();
  await vi.waitFor(() => expect(textOf(element)).not.toContain("Loading"));
});

it("the card says that the values wait for a device that is not connected", async () => {
  current = set;
  expect(textOf(one(await card(undefined, "disconnected"), "fl-badge"))).toBe("waits for the device");
  unmountAll();
  expect(textOf(one(await card(), "fl-badge"))).toBe("not applied yet");
});

it("the card says what to do about refused values, and lists no differences to values that nobody reported", async () => {
  const reported = { revision: 1, state: "refused", at: set.setAt, error: { code: "x", message: "unknown field" } };
  current = { ...set, reported, difference: [{ path: "/every", desired: "5s" }] };
  const text = textOf(await card());
  expect(text).toContain("The device refused revision 1: Unknown field. Edit the values, or restore an earlier");
  expect(text).not.toContain("Differences");
});

it("the card says which value is desired and which one the device has", async () => {
  const reported = { revision: 1, state: "applied", at: set.setAt, values: { every: "9s" } };
  current = { ...set, reported, difference: [{ path: "/every", desired: "5s", reported: "9s" }] };
  const text = textOf(await card());
  expect(text).toContain("the device has other values");
  expect(text).toContain('/every: desired "5s", the device has "9s"');
});
