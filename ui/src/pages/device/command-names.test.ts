import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EventResource } from "../../data/events.ts";
import { stubGateway } from "../../testing/gateway.ts";
import { CommandNames } from "./command-names.ts";
import { eventText } from "./event-text.ts";

let calls: string[];
let updates: number;
let names: CommandNames;
beforeEach(() => {
  const stub = stubGateway((_, { pathname }) =>
    pathname.endsWith("/unknown") ? { status: 404, body: {} } : { body: { name: "calibrate" } },
  );
  vi.stubGlobal("fetch", stub.fetch);
  calls = stub.calls;
  updates = 0;
  const host = {
    addController() {},
    removeController() {},
    requestUpdate: () => updates++,
    updateComplete: Promise.resolve(true),
  };
  names = new CommandNames(host);
});
afterEach(() => vi.unstubAllGlobals());

const event = (type: string, data: object, category = "command") =>
  ({ type, subject: `fleet.${category}.pump-1`, data }) as unknown as EventResource;
const title = (one: EventResource) => eventText(one, names.of(one)).title;

it("takes the name of a command from its CommandIssued, for all events of the command", () => {
  const delivered = event("CommandDelivered", { command: "c1" });
  names.take([delivered, event("CommandIssued", { command: "c1", name: "set-speed" })]);
  expect(title(delivered)).toBe("Command set-speed delivered");
  expect(title(event("CommandFailed", { command: "c1", error: { message: "stuck" } }))).toBe(
    "Command set-speed failed",
  );
  expect(calls).toEqual([]);
});

it("looks up the names of commands issued before the loaded events, each name once", async () => {
  const ends = [event("CommandCompleted", { command: "c2" }), event("CommandExpired", { command: "unknown" })];
  names.take([...ends, event("DeviceEventReported", { command: "c3" }, "event")]);
  names.take(ends);
  await vi.waitFor(() => expect(updates).toBe(1));
  expect(ends.map(title)).toEqual(["Command calibrate completed", "Command expired"]);
  expect(calls).toEqual(["GET /api/commands/c2", "GET /api/commands/unknown"]);
});
