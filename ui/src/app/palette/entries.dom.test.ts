// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { pageLocation } from "../../state/location.ts";
import { theme } from "../../state/theme.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { deviceEntries, knownEntries, matching } from "./entries.ts";

afterEach(() => vi.unstubAllGlobals());

const { signal } = new AbortController();
const run = (text: string) => matching(knownEntries(), text)[0]?.run();

it("the palette has the pages in the order of the navigation, their filters, and the themes", () => {
  const expected = [
    "Go to: Fleet",
    "Go to: Commands",
    "Go to: Gateways",
    "Go to: Register",
    "Go to: Devices: disconnected",
    "Go to: Devices: never connected",
    "Go to: Commands: open",
    "Go to: Commands: failed",
    "Actions: Theme: light",
    "Actions: Theme: dark",
    "Actions: Theme: system",
  ];
  const texts = knownEntries().map(({ group, text }) => `${group}: ${text}`);
  expect(texts.filter((text) => expected.includes(text))).toEqual(expected);
});

it("the palette goes to pages and sets themes", () => {
  run("gateways");
  expect(pageLocation.value.path).toBe("/gateways");
  run("DEVICES never");
  expect(pageLocation.value).toMatchObject({ path: "/devices", search: "?status=never-connected" });
  run("theme dark");
  expect(theme.value).toBe("dark");
});

it("the palette finds devices, and links to the list if more than the shown devices match", async () => {
  const items = [{ id: "pump-1", name: "Roof", status: "connected" }];
  vi.stubGlobal("fetch", stubGateway(() => ({ body: { items, total: 1_200, next: null } })).fetch);
  const [first, all] = await deviceEntries("pump", signal);
  expect(first).toMatchObject({ group: "Devices", text: "pump-1", detail: "Roof · Connected" });
  first?.run();
  expect(pageLocation.value.path).toBe("/devices/pump-1");
  expect(all?.text).toBe("All 1,200 matches");
  all?.run();
  expect(pageLocation.value).toMatchObject({ path: "/devices", search: "?search=pump" });
});
