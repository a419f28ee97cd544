// @vitest-environment happy-dom
import { DIALECT_NAMES } from "@fleetlog/protocol/dialects";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { textsOf } from "../../dialects.ts";
import { mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { FirstConnection } from "./first-connection.ts";

let status = "never-connected";
beforeEach(() => {
  vi.stubGlobal("fetch", async () => Response.json({ items: [{ id: "pump-1", status }] }));
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

const box = (dialect?: string) => mount(new FirstConnection(), { device: "pump-1", dialect });

it("the card names the programs of the page for a native device only", async () => {
  status = "never-connected";
  expect(textOf(one(await box(), ".text"))).toContain("Run one of the programs.");
  for (const dialect of DIALECT_NAMES) {
    const text = textOf(one(await box(dialect), ".text"));
    expect(text).toContain(textsOf(dialect).next);
    expect(text).not.toContain("Run one of the programs");
  }
});

it("the card names mosquitto_pub for a native device only", async () => {
  status = "disconnected";
  for (const [dialect, isNamed] of [
    [undefined, true],
    ["tpedm", false],
  ] as const) {
    const element = await box(dialect);
    await vi.waitFor(async () => {
      await settled(element);
      expect(textOf(one(element, ".text"))).toContain("And disconnected again");
    });
    expect(textOf(one(element, ".text")).includes("mosquitto_pub")).toBe(isNamed);
  }
});
