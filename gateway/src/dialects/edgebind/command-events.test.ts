import { beforeEach, describe, expect, it } from "vitest";
import { CommandEvents } from "./command-events.ts";

const reboot = { id: "c1", name: "reboot", params: null, deadline: "2030-01-01T00:00:00Z" };
let subscriptions: Set<string>;
beforeEach(() => {
  subscriptions = new Set();
});

describe("CommandEvents", () => {
  it("selects the event with the command's name once, when there is no common event", () => {
    const events = new CommandEvents(subscriptions);
    expect(events.due(reboot)).toEqual([]);
    subscriptions.add("reboot").add("command");
    expect(events.due(reboot)).toEqual(["reboot"]);
    expect(events.due(reboot)).toEqual([]);
  });

  it("selects the common event before any subscription, and each event once after its subscription", () => {
    const events = new CommandEvents(subscriptions, "command");
    expect(events.due(reboot)).toEqual(["command"]);
    expect(events.due(reboot)).toEqual([]);
    subscriptions.add("reboot");
    expect(events.due(reboot)).toEqual(["reboot"]);
    subscriptions.add("command");
    expect(events.due(reboot)).toEqual(["command"]);
    expect(events.due(reboot)).toEqual([]);
  });

  it("selects one event when the command has the name of the common event", () => {
    const events = new CommandEvents(subscriptions.add("command"), "command");
    expect(events.due({ ...reboot, name: "command" })).toEqual(["command"]);
  });

  it("selects events again for a command after `forget`", () => {
    const events = new CommandEvents(subscriptions, "command");
    events.due(reboot);
    events.forget(reboot.id);
    expect(events.due(reboot)).toEqual(["command"]);
  });
});
