// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import type { CommandResource } from "../../data/commands.ts";
import type { FoundUpdate } from "../../data/updates.ts";
import { all, eventsOf, mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { UpdateInstall } from "./update-install.ts";

const askedAt = "2026-01-31T12:00:00.000Z";
const found: FoundUpdate = {
  ...{ catalogue: "moxa", package: "thingspro", category: "software", state: "available", askedAt },
  ...{ title: "ThingsPro Edge", current: "2.1", available: "2.2", url: "https://vendor.example/thingspro.yaml" },
};
const command = {
  ...{ id: "c1", device: "d1", name: "update", state: "delivered", issuedAt: askedAt, params: { version: "2.2" } },
  progress: { percent: 40, step: "download", at: askedAt },
} as CommandResource;

afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
  for (const dialog of document.querySelectorAll("fl-confirm")) dialog.remove();
});

const shown = (properties: Partial<UpdateInstall>) =>
  mount(new UpdateInstall(), { device: "d1", found, allowed: true, ...properties });

it("the card sends the package once, after a confirmation", async () => {
  const sent: unknown[] = [];
  const gateway = stubGateway((_method, _url, body) => {
    sent.push(body);
    return { status: 202, body: command };
  });
  vi.stubGlobal("fetch", gateway.fetch);
  const element = await shown({});
  const events = eventsOf(element, "sent");
  one(element, "button", "Install 2.2").click();
  const question = await vi.waitFor(() => {
    const dialog = document.querySelector<HTMLElement>("fl-confirm");
    if (dialog === null) throw new Error("there is no question");
    return dialog;
  });
  await vi.waitFor(() => expect(textOf(question)).toContain("Now it has 2.1."));
  expect(gateway.calls).toEqual([]);
  one(question, "button", "Install").click();
  await vi.waitFor(() => expect(events).toHaveLength(1));
  expect(gateway.calls).toEqual(["POST /api/devices/d1/updates"]);
  expect(sent).toEqual([{ package: "thingspro", catalogue: "moxa" }]);
});

it("the card follows the installation, and offers no second one meanwhile", async () => {
  const element = await shown({ command });
  expect(textOf(element)).toContain("Is being installed");
  expect(textOf(element)).toContain("40 %");
  expect(all(element, "button").map(textOf)).toEqual(["Cancel"]);
  element.command = { ...command, state: "failed", error: { code: "update-failed", message: "the disk is full" } };
  await settled(element);
  expect(textOf(element)).toContain("The disk is full.");
  expect(all(element, "button").map(textOf)).toEqual(["Install 2.2"]);
});

it.each([
  [
    "while its job went on",
    { deliveries: 1 },
    "It had not ended at its deadline. Job 7 is created. The device may still",
  ],
  ["without an answer", { deliveries: 1, progress: undefined }, "The device had not answered at its deadline."],
  ["before the device got it", { deliveries: 0, progress: undefined }, "did not get the command"],
])("the card explains an installation that expired %s, and offers it again", async (_, more, text) => {
  const progress = { step: "created", message: "job 7 is created", at: askedAt };
  const expired = { ...command, state: "expired", progress, ...more } as CommandResource;
  const element = await shown({ command: expired });
  expect(textOf(element)).toContain(text);
  expect(all(element, "button").map(textOf)).toEqual(["Install 2.2"]);
});

it.each([
  ["that needs another package first", { found: { ...found, state: "blocked" as const } }],
  ["without an address", { found: { ...found, url: "ftp://vendor.example/x" } }],
  ["to people who may only read", { allowed: false }],
])("the card offers no package %s", async (_, properties) => {
  expect(all(await shown(properties), "button")).toEqual([]);
});
