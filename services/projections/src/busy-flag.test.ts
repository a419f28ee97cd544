import { describe, expect, it } from "vitest";
import { BusyFlag } from "./busy-flag.ts";

describe("BusyFlag", () => {
  it("makes other tasks wait while set, and resumes all of them when cleared", async () => {
    const flag = new BusyFlag();
    expect(flag.cleared).toBeUndefined();
    flag.set(true);
    flag.set(true);
    const steps: string[] = [];
    const others = ["one", "other"].map(async (name) => {
      await flag.cleared;
      steps.push(name);
    });
    await Promise.resolve();
    steps.push("first");
    flag.set(false);
    await Promise.all(others);
    expect(steps).toEqual(["first", "one", "other"]);
    expect(flag.cleared).toBeUndefined();
  });
});
