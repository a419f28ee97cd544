import { beforeEach, describe, expect, it } from "vitest";
import { matches } from "../../filter.ts";
import { foldRow } from "../../fixtures/folding.ts";
import { History } from "../../fixtures/history.ts";
import { type CommandRow, commands, OPEN } from "./commands.ts";

let history: History;
beforeEach(() => {
  history = new History();
  history.issue("a", "c1", { delay: 5 });
});

function row(): CommandRow | undefined {
  return foldRow(commands, history.events);
}

function isOpen(): boolean {
  const made = row();
  return matches(OPEN, () => made?.command.state ?? null);
}

describe("the view of commands", () => {
  it("follows a command from its issue to its end", () => {
    expect(row()).toMatchObject({ seq: 1, command: { id: "c1", state: "issued", params: { delay: 5 } } });
    history.deliver("a", "c1", 7);
    expect(row()).toMatchObject({ seq: 2, command: { state: "delivered", epoch: 7, deliveries: 1 } });
    expect(isOpen()).toBe(true);
    history.complete("a", "c1", 7, { ok: true });
    expect(row()).toMatchObject({ seq: 3, command: { state: "completed", result: { ok: true }, endedSeq: 3 } });
    expect(isOpen()).toBe(false);
  });

  it("has the command's last progress", () => {
    history.deliver("a", "c1", 7);
    const progressed = (percent: number) => {
      const data = { command: "c1", device: "a", epoch: 7, percent, step: "download" };
      return history.add("a", { type: "CommandProgressed", data });
    };
    progressed(10);
    const { time } = progressed(40);
    const progress = { percent: 40, step: "download", at: time, seq: 4 };
    expect(row()).toMatchObject({ seq: 4, command: { state: "delivered", progress } });
  });

  it("keeps the first end of a command, and ignores a second end", () => {
    history.deliver("a", "c1", 7);
    history.complete("a", "c1", 7, 1);
    history.complete("a", "c1", 7, 2);
    history.fail("a", "c1", 7, { code: "late", message: "late" });
    history.deliver("a", "c1", 8);
    expect(row()).toMatchObject({ seq: 3, command: { state: "completed", result: 1 } });
  });

  it("ignores a result from an earlier session than the session of the last delivery", () => {
    history.deliver("a", "c1", 7);
    history.deliver("a", "c1", 9);
    history.complete("a", "c1", 7);
    expect(row()).toMatchObject({ seq: 3, command: { state: "delivered", epoch: 9 } });
  });

  it("recognizes the session of the last delivery by its id, even if its epoch differs", () => {
    history.deliver("a", "c1", { epoch: 9, session: "s9" });
    history.complete("a", "c1", { epoch: 2, session: "s2" });
    expect(row()).toMatchObject({ seq: 2, command: { state: "delivered", epoch: 9, session: "s9" } });
    history.complete("a", "c1", { epoch: 2, session: "s9" });
    const ended = row();
    expect(ended).toMatchObject({ seq: 4, command: { state: "completed" } });
    expect(foldRow(commands, history.events, ended)).toBe(ended);
  });

  it("is not changed by redelivered, older or repeated events", () => {
    history.deliver("a", "c1", 7);
    history.fail("a", "c1", 7, { code: 1, message: "no" });
    const before = row();
    expect(foldRow(commands, history.events, before)).toBe(before);
    history.issue("a", "c1", { delay: 5 });
    expect(row()).toEqual(before);
  });

  it("has no row for a command that was never issued", () => {
    const unknown = new History();
    unknown.complete("a", "c9", 1);
    expect(foldRow(commands, unknown.events)).toBeUndefined();
  });
});
