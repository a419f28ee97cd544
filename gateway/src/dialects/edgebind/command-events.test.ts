import { beforeEach, describe, expect, it } from "vitest";
import { CommandEvents } from "./command-events.ts";

const reboot = { id: "c1", name: "reboot", params: null, deadline: "2030-01-01T00:00:00Z" };
let subscriptions: Set<string>;
beforeEach(() => {
  subscriptions = new Set();
});

describe("events of commands", () => {
  it("have the command's own name alone, where there is no event for all", () => {
    const events = new CommandEvents(subscriptions);
    expect(events.due(reboot)).toEqual([]);
    subscriptions.add("reboot").add("command");
    expect(events.due(reboot)).toEqual(["reboot"]);
    expect(events.due(reboot)).toEqual([]);
  });

  it("come unasked by the event for all, and once by each that the device subscribes to", () => {
    const events = new CommandEvents(subscriptions, "command");
    expect(events.due(reboot)).toEqual(["command"]);
    expect(events.due(reboot)).toEqual([]);
    subscriptions.add("reboot");
    expect(events.due(reboot)).toEqual(["reboot"]);
    subscriptions.add("command");
    expect(events.due(reboot)).toEqual(["command"]);
    expect(events.due(reboot)).toEqual([]);
  });

  it("are one for a command that is called like the event for all", () => {
    const events = new CommandEvents(subscriptions.add("command"), "command");
    expect(events.due({ ...reboot, name: "command" })).toEqual(["command"]);
  });

  it("come anew for a command that was forgotten", () => {
    const events = new CommandEvents(subscriptions, "command");
    events.due(reboot);
    events.forget(reboot.id);
    expect(events.due(reboot)).toEqual(["command"]);
  });
});
