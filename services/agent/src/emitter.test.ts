import { once } from "node:events";
import { expect, it } from "vitest";
import { Emitter } from "./emitter.ts";

interface Events {
  value: [number, string];
  done: [];
}

it("the emitter calls listeners in order, but not removed ones", () => {
  const emitter = new Emitter<Events>();
  const calls: unknown[] = [];
  const first = (...values: Events["value"]) => void calls.push(["first", ...values]);
  emitter.on("value", first).on("value", (n) => void calls.push(n));
  expect(emitter.emit("value", 1, "a")).toBe(true);
  emitter.off("value", first);
  emitter.emit("value", 2, "b");
  expect(calls).toEqual([["first", 1, "a"], 1, 2]);
  expect(emitter.emit("done")).toBe(false);
});

it("the emitter calls a listener of `once` once, and a removed one never", () => {
  const emitter = new Emitter<Events>();
  let calls = 0;
  const count = () => void calls++;
  emitter.once("done", count).once("done", count);
  emitter.off("done", count);
  emitter.emit("done");
  emitter.emit("done");
  expect(calls).toBe(1);
});

it("the emitter works with once of node:events", async () => {
  const emitter = new Emitter<Events>();
  const waiting = once(emitter as never, "value");
  emitter.emit("value", 3, "c");
  expect(await waiting).toEqual([3, "c"]);
});
