import { describe, expect, it } from "vitest";
import { SequenceWaits } from "./sequence-waits.ts";

describe("SequenceWaits", () => {
  it("resolves at once if the sequence is reached already", async () => {
    const waiting = new SequenceWaits();
    waiting.reach(5);
    await expect(waiting.until(5, 0)).resolves.toBeUndefined();
  });

  it("resolves the waits up to the reached sequence, and no others", async () => {
    const waiting = new SequenceWaits();
    const woken: number[] = [];
    const waits = [3, 1, 2].map((seq) => waiting.until(seq, 10_000).then(() => woken.push(seq)));
    waiting.reach(2);
    await Promise.all(waits.slice(1));
    expect(woken.sort()).toEqual([1, 2]);
    waiting.reach(3);
    await Promise.all(waits);
  });

  it("rejects with view-behind at the limit, and with view-unavailable when the projector stops", async () => {
    const waiting = new SequenceWaits();
    await expect(waiting.until(1, 1)).rejects.toMatchObject({ code: "view-behind" });
    const wait = waiting.until(1, 10_000);
    waiting.close();
    await expect(wait).rejects.toMatchObject({ code: "view-unavailable" });
  });
});
