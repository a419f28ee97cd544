import { describe, expect, it } from "vitest";
import { Queue } from "./queue.ts";

describe("a queue", () => {
  it("returns items in order, over many rounds", () => {
    const queue = new Queue<number>();
    const out: number[] = [];
    let next = 0;
    for (let turn = 0; turn < 200; turn++) {
      for (let i = 0; i < 40; i++) queue.push(next++);
      for (let i = 0; i < 39; i++) out.push(queue.shift() ?? Number.NaN);
      expect(queue.length).toBe(next - out.length);
    }
    out.push(...queue.drain());
    expect(out).toEqual(Array.from({ length: next }, (_, i) => i));
    expect(queue.length).toBe(0);
    expect(queue.shift()).toBeUndefined();
  });

  it("takes items back at its head", () => {
    const queue = new Queue<string>();
    for (const item of ["a", "b", "c", "d"]) queue.push(item);
    const taken = [queue.shift(), queue.shift()] as string[];
    queue.putBack(taken);
    queue.push("e");
    expect(queue.drain()).toEqual(["a", "b", "c", "d", "e"]);
  });
});
