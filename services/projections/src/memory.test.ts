import { setImmediate as nextTurn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { returnMemory } from "./memory.ts";

describe("returnMemory", () => {
  it("collects unused objects, and leaves no global `gc` behind", async () => {
    const rows = new WeakRef(Array.from({ length: 1_000 }, (_, seq) => ({ seq })));
    // A new WeakRef keeps its target alive until the end of this turn of the event loop.
    await nextTurn();
    returnMemory();
    expect(rows.deref()).toBeUndefined();
    expect(runInNewContext("typeof gc")).toBe("undefined");
  });
});
