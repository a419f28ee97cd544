// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { eventsOf, mount, one, settled, textOf, unmountAll } from "../../testing/dom.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { fromLocal, toLocal } from "../text/local-time.ts";
import { IncidentDialog } from "./incident-dialog.ts";

const NOW = Date.parse("2026-01-31T12:00:30.000Z");

afterEach(() => {
  unmountAll();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const shown = () => mount(new IncidentDialog(), { devices: ["pump-1"], now: NOW });

it("the dialog proposes the last day, and saves the gateway's file of that day", async () => {
  const sent: unknown[] = [];
  const gateway = stubGateway((_method, _url, body) => {
    sent.push(body);
    return { body: { kind: "incident" } };
  });
  vi.stubGlobal("fetch", gateway.fetch);
  const saved: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download);
  });
  const element = await shown();
  const closed = eventsOf(element, "closed");
  one(element, "button", "Save file").click();
  await vi.waitFor(() => expect(closed).toHaveLength(1));
  expect(gateway.calls).toEqual(["POST /api/history/incidents"]);
  const from = fromLocal(toLocal("2026-01-30T12:00:30.000Z"));
  expect(sent).toEqual([{ from, to: "2026-01-31T12:00:59.999Z", devices: ["pump-1"] }]);
  expect(saved).toEqual(["incident-2026-01-30.fleetlog"]);
});

it.each([
  [{ group: "roof", account: "main" }, "group roof", { group: "roof", account: "main" }],
  [{}, "the fleet", {}],
])("the dialog names the devices of %j in its heading, and asks for their file", async (properties, named, sent) => {
  const bodies: unknown[] = [];
  const gateway = stubGateway((_method, _url, body) => {
    bodies.push(body);
    return { body: {} };
  });
  vi.stubGlobal("fetch", gateway.fetch);
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  const [from, to] = ["2026-01-31T10:00:00.000Z", "2026-01-31T11:00:00.000Z"];
  const times = { from: Date.parse(from), to: Date.parse(to), now: NOW };
  const element = await mount(new IncidentDialog(), { ...properties, ...times });
  expect(one(element, "fl-dialog").getAttribute("heading")).toBe(`File of an incident: ${named}`);
  one(element, "button", "Save file").click();
  await vi.waitFor(() => expect(bodies).toHaveLength(1));
  expect(bodies).toEqual([{ ...sent, from, to: "2026-01-31T11:00:59.999Z" }]);
});

it("the dialog asks for a missing time, and shows the gateway's error beside the field", async () => {
  const problem = { status: 400, code: "invalid-request", field: "from", detail: "the log begins later" };
  const gateway = stubGateway(() => ({ status: 400, body: problem }));
  vi.stubGlobal("fetch", gateway.fetch);
  const element = await shown();
  const to = one<HTMLInputElement>(element, "#to");
  to.value = "";
  one(element, "button", "Save file").click();
  await settled(element);
  expect(textOf(one(element, "#to-note"))).toBe("Enter a date and a time.");
  expect(gateway.calls).toEqual([]);
  to.value = toLocal("2026-01-31T12:00:00.000Z");
  one(element, "button", "Save file").click();
  await vi.waitFor(() => expect(textOf(one(element, "#from-note"))).toMatch(/log begins later/));
  expect(one(element, "#from").getAttribute("aria-invalid")).toBe("true");
});
