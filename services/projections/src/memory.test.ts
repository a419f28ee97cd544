import { setImmediate as nextTurn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { giveMemoryBack } from "./memory.ts";

describe("giving memory back", () => {
  it("leaves nothing of what is no longer used, and no way to collect by chance", async () => {
    const rows = new WeakRef(Array.from({ length: 1_000 }, (_, seq) => ({ seq })));
    // A weak reference holds what it points to until the end of its turn.
    await nextTurn();
    giveMemoryBack();
    expect(rows.deref()).toBeUndefined();
    expect(runInNewContext("typeof gc")).toBe("undefined");
  });
});
