// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { navigate, pageLocation } from "../../../state/location.ts";
import { all, eventsOf, mount, one, settled, textOf, unmountAll } from "../../../testing/dom.ts";
import { stubGateway } from "../../../testing/gateway.ts";
import { PastDevice } from "./past-device.ts";

// The menu needs element internals, which happy-dom lacks.
vi.mock("@awesome.me/webawesome/dist/components/dropdown/dropdown.js", () => ({}));
vi.mock("@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js", () => ({}));

const NOON = "2026-01-31T12:00:00.000Z";
const MOMENT = { at: "2026-01-31T11:59:58.000Z", atSeq: 122 };
const device = {
  ...{ id: "pump-1", account: "main", name: "Pump", status: "connected", tags: ["hall"], seq: 120, since: NOON },
  ...{ registeredAt: NOON, registeredBy: "ada", evidence: [], pendingCommands: [], ...MOMENT },
};
const command = { id: "c1", device: "pump-1", name: "open", state: "issued", issuedBy: "ada", issuedAt: NOON };
let calls: string[] = [];

beforeEach(() => {
  const stub = stubGateway((_, { pathname }) => {
    if (pathname.startsWith("/api/history/devices/late"))
      return { status: 404, body: { title: "Unknown", detail: "there is none", code: "device-unknown", status: 404 } };
    if (pathname.startsWith("/api/history/devices/beyond"))
      return {
        status: 400,
        body: {
          title: "Invalid request",
          detail: "the log ends at 130",
          code: "invalid-request",
          status: 400,
          field: "at",
        },
      };
    if (pathname.startsWith("/api/history/devices/")) return { body: device };
    if (pathname.startsWith("/api/history/views/")) return { body: { ...MOMENT, result: { items: [command] } } };
    return { body: { items: [], next: null } };
  });
  calls = stub.calls;
  vi.stubGlobal("fetch", stub.fetch);
});
afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
});

async function shown(id: string, at: string): Promise<PastDevice> {
  const element = new PastDevice();
  const answered = eventsOf(element, "answered");
  await mount(element, { device: id, at, categories: ["device", "telemetry"] });
  await vi.waitFor(() => expect(all(element, "h1")).toHaveLength(1));
  await settled(element);
  if (id === "pump-1") expect(answered).toEqual([MOMENT.at]);
  return element;
}

it("a device's page in the past reads everything as of the moment, and events only up to the moment", async () => {
  await shown("pump-1", NOON);
  await vi.waitFor(() => expect(calls.filter((call) => call.includes("/events"))).toHaveLength(3));
  expect(calls).toContain(`GET /api/history/devices/pump-1?at=${encodeURIComponent(NOON)}`);
  for (const call of calls.filter((one) => one.includes("/events")))
    expect(call).toContain(`until=${encodeURIComponent("2026-01-31T12:00:00.001Z")}`);
  expect(calls.filter((call) => call.startsWith("GET /api/devices/pump-1?") || !call.startsWith("GET"))).toEqual([]);
});

it("a device's page as of a sequence shows events up to the time of that sequence's event", async () => {
  await shown("pump-1", "122");
  await vi.waitFor(() => expect(calls.filter((call) => call.includes("/events"))).toHaveLength(3));
  expect(calls.find((call) => call.includes("/events"))).toContain(encodeURIComponent("2026-01-31T11:59:58.001Z"));
});

it("a device's page in the past has no command to send, cancel or repeat, and no edit", async () => {
  const element = await shown("pump-1", NOON);
  await vi.waitFor(() => expect(all(element, "fl-command-item")).toHaveLength(1));
  await settled(element);
  expect(textOf(element)).toContain("Commands can't be sent in the past.");
  const usable = all(element, "button:not(:disabled)").map((button) => button.ariaLabel ?? textOf(button));
  for (const action of ["Cancel", "Repeat", "Send command", "Edit", "More actions"])
    expect(usable).not.toContain(action);
  expect(one<HTMLButtonElement>(element, ".edit").disabled).toBe(true);
});

it("a device's page in the past says that the device did not exist yet at the moment", async () => {
  expect(textOf(one(await shown("late", NOON), "h1"))).toBe("There was no device late then");
});

it("a device's page in the past says once that the log has no such moment, and leads back to now", async () => {
  navigate("/devices/beyond?at=999", "replace");
  const element = await shown("beyond", "999");
  expect(textOf(element).match(/The log ends at 130/g)).toHaveLength(1);
  expect(all(element, "button").map(textOf)).not.toContain("Try again");
  one(element, "fl-empty button", "Back to now").click();
  expect(pageLocation.value.search).toBe("");
});

it("cards keep their places in the page's tree, and are shown in the order of their groups", async () => {
  const element = await shown("pump-1", NOON);
  const columns = one(element, "fl-card-columns");
  const slots = all(columns.shadowRoot as ShadowRoot, "slot").map((slot) => slot.getAttribute("name"));
  expect([...slots].sort()).toEqual(["about", "commands", "history", "status", "values"]);
  const used = [...columns.children].map((card) => card.slot);
  expect(used.filter((slot) => !slots.includes(slot))).toEqual([]);
});
