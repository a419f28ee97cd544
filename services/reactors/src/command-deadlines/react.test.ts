import { describe, expect, it } from "vitest";
import { recorded, T0 } from "../testing/events.ts";
import { OpenCommands } from "./open-commands.ts";
import { react } from "./react.ts";

const device = "d1";
const issued = (command: string, inMs: number, seq = 1) =>
  recorded(seq, "CommandIssued", {
    command,
    device,
    name: "reboot",
    deadline: new Date(T0 + inMs).toISOString(),
    by: "admin",
  });
const tick = (ms: number) => ({ type: "Tick", now: T0 + ms }) as const;
const expire = (command: string, ms: number) => ({ command, device, now: new Date(T0 + ms).toISOString() });

describe("command deadlines", () => {
  it("expire a command at its deadline, not before, and once", () => {
    const open = new OpenCommands();
    expect(react(open, issued("c1", 1_000))).toEqual([]);
    expect(react(open, tick(999))).toEqual([]);
    expect(react(open, tick(1_000))).toEqual([expire("c1", 1_000)]);
    expect(react(open, tick(2_000))).toEqual([]);
  });

  it("expire a command whether it was delivered or not", () => {
    const open = new OpenCommands();
    react(open, issued("c1", 1_000));
    react(open, recorded(2, "CommandDelivered", { command: "c1", device, epoch: 7 }));
    expect(react(open, tick(1_000))).toEqual([expire("c1", 1_000)]);
  });

  it.each([
    recorded(2, "CommandCompleted", { command: "c1", device, epoch: 7 }),
    recorded(2, "CommandFailed", { command: "c1", device, epoch: 7, error: { code: 1, message: "no" } }),
    recorded(2, "CommandExpired", { command: "c1", device, deadline: new Date(T0).toISOString() }),
    recorded(2, "CommandCancelled", { command: "c1", device, by: "admin" }),
  ])("do not expire a command that has ended: $type", (ended) => {
    const open = new OpenCommands();
    react(open, issued("c1", 1_000));
    react(open, issued("c2", 1_000, 2));
    expect(react(open, ended)).toEqual([]);
    expect(react(open, tick(1_000))).toEqual([expire("c2", 1_000)]);
  });

  it("ignore a result from an older session than the last delivery's", () => {
    const open = new OpenCommands();
    react(open, issued("c1", 1_000));
    react(open, recorded(2, "CommandDelivered", { command: "c1", device, epoch: 9 }));
    react(open, recorded(3, "CommandDelivered", { command: "c1", device, epoch: 8 }));
    react(open, recorded(4, "CommandCompleted", { command: "c1", device, epoch: 8 }));
    expect(react(open, tick(1_000))).toEqual([expire("c1", 1_000)]);
  });

  it("compare sessions by id where both events have one", () => {
    const open = new OpenCommands();
    const session = "s9";
    react(open, issued("c1", 1_000));
    react(open, issued("c2", 1_000, 2));
    react(open, recorded(3, "CommandDelivered", { command: "c1", device, epoch: 9, session }));
    react(open, recorded(4, "CommandDelivered", { command: "c2", device, epoch: 9, session }));
    // The epochs differ, so that only the sessions' ids decide.
    react(open, recorded(5, "CommandCompleted", { command: "c1", device, epoch: 2, session }));
    react(open, recorded(6, "CommandCompleted", { command: "c2", device, epoch: 2, session: "s2" }));
    expect(react(open, tick(1_000))).toEqual([expire("c2", 1_000)]);
  });

  it("expire a command once even if its CommandIssued comes again", () => {
    const open = new OpenCommands();
    for (let i = 0; i < 3; i++) react(open, issued("c1", 1_000));
    expect(react(open, tick(1_000))).toEqual([expire("c1", 1_000)]);
    expect(open.size).toBe(0);
  });

  it("expire many commands in parts", () => {
    const open = new OpenCommands();
    for (let i = 0; i < 600; i++) react(open, issued(`c${i}`, 1_000));
    const parts = [react(open, tick(1_000)), react(open, tick(1_000)), react(open, tick(1_000))];
    expect(parts.map((part) => part.length)).toEqual([256, 256, 88]);
    expect(new Set(parts.flat().map(({ command }) => command)).size).toBe(600);
  });
});
