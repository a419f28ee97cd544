import { beforeEach, describe, expect, it } from "vitest";
import { CommandEvents } from "./command-events.ts";

const reboot = { id: "c1", name: "reboot", params: null, deadline: "2030-01-01T00:00:00Z" };
let subscriptions: Set<string>;
beforeEach(() => {
  subscriptions = new Set();
});

describe("CommandEvents", () => {
  it("selects only the event with the command's name if there is no common event", () => {
    const events = new CommandEvents(subscriptions);
    expect(events.due(reboot)).toEqual([]);
    subscriptions.add("reboot").add("command");
    expect(events.due(reboot)).toEqual(["reboot"]);
    expect(events.due(reboot)).toEqual([]);
  });

  it("selects the common event before any subscription, then each event once it is subscribed", () => {
    const events = new CommandEvents(subscriptions, "command");
    expect(events.due(reboot)).toEqual(["command"]);
    expect(events.due(reboot)).toEqual([]);
    subscriptions.add("reboot");
    expect(events.due(reboot)).toEqual(["reboot"]);
    subscriptions.add("command");
    expect(events.due(reboot)).toEqual(["command"]);
    expect(events.due(reboot)).toEqual([]);
  });

  it("selects one event for a command whose name is the common event", () => {
    const events = new CommandEvents(subscriptions.add("command"), "command");
    expect(events.due({ ...reboot, name: "command" })).toEqual(["command"]);
  });

  it("starts over for a command that was forgotten", () => {
    const events = new CommandEvents(subscriptions, "command");
    events.due(reboot);
    events.forget(reboot.id);
    expect(events.due(reboot)).toEqual(["command"]);
  });
});
