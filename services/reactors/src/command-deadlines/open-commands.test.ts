import { describe, expect, it } from "vitest";
import { OpenCommands } from "./open-commands.ts";

const ids = (due: readonly { command: string }[]) => due.map(({ command }) => command);

let seq = 0;
const add = (open: OpenCommands, command: string, deadline: number) =>
  open.add({ command, device: "d", deadline, seq: ++seq, epoch: 0 });

function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

describe("OpenCommands", () => {
  it("returns due commands once, nearest deadline first", () => {
    const open = new OpenCommands();
    for (const deadline of [50, 10, 40, 20, 30]) add(open, `c${deadline}`, deadline);
    expect(open.next).toBe(10);
    expect(ids(open.takeDue(30, 2))).toEqual(["c10", "c20"]);
    expect(ids(open.takeDue(30, 9))).toEqual(["c30"]);
    expect(ids(open.takeDue(30, 9))).toEqual([]);
    expect(open.size).toBe(2);
  });

  it("keeps to the order of issue among equal deadlines", () => {
    const open = new OpenCommands();
    const names = Array.from({ length: 50 }, (_, i) => `c${i}`);
    for (const name of names) add(open, name, 10);
    expect(ids(open.takeDue(10, 50))).toEqual(names);
  });

  it("removes ended commands, and adds a command once", () => {
    const open = new OpenCommands();
    add(open, "a", 10);
    add(open, "a", 99);
    add(open, "b", 20);
    open.end("a");
    open.end("a");
    open.end("never seen");
    expect(open.next).toBe(20);
    expect(ids(open.takeDue(100, 9))).toEqual(["b"]);
  });

  it("does not track a command with an invalid deadline", () => {
    const open = new OpenCommands();
    add(open, "a", Number.NaN);
    expect(open.size).toBe(0);
    expect(open.next).toBeUndefined();
  });

  it("stays in order through thousands of additions and endings", () => {
    const random = numbers(7);
    const open = new OpenCommands();
    const expected = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const deadline = random() % 1_000_000;
      add(open, `c${i}`, deadline);
      expected.set(`c${i}`, deadline);
      const ended = `c${random() % (i + 1)}`;
      if (i % 3 !== 0) {
        open.end(ended);
        expected.delete(ended);
      }
    }
    const taken = open.takeDue(Number.MAX_SAFE_INTEGER, 20_000);
    expect(taken.map(({ deadline }) => deadline)).toEqual([...expected.values()].sort((a, b) => a - b));
    expect(new Set(ids(taken))).toEqual(new Set(expected.keys()));
  });

  it("above its limit, drops commands with late deadlines, and sets mustReload once the rest is taken", () => {
    const open = new OpenCommands(100);
    for (let i = 0; i < 150; i++) add(open, `c${i}`, 1_000 - i);
    expect(open.size).toBeLessThanOrEqual(100);
    expect(open.mustReload).toBe(false);

    const nearest = open.next;
    const kept = open.takeDue(Number.MAX_SAFE_INTEGER, 1_000);
    expect(nearest).toBe(851);
    expect(kept.map(({ deadline }) => deadline)).toEqual(Array.from(kept, (_, i) => 851 + i));
    expect(open.mustReload).toBe(true);
  });

  it("does not set mustReload if it was never full", () => {
    const open = new OpenCommands(100);
    expect(open.mustReload).toBe(false);
    add(open, "a", 1);
    open.end("a");
    expect(open.mustReload).toBe(false);
  });
});
