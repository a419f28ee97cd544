import { describe, expect, it } from "vitest";
import { Precedence } from "./precedence.ts";

describe("Precedence", () => {
  it("holds others back while there is something to do, and lets all of them go on after it", async () => {
    const precedence = new Precedence();
    expect(precedence.wait).toBeUndefined();
    precedence.set(true);
    precedence.set(true);
    const steps: string[] = [];
    const others = ["one", "other"].map(async (name) => {
      await precedence.wait;
      steps.push(name);
    });
    await Promise.resolve();
    steps.push("first");
    precedence.set(false);
    await Promise.all(others);
    expect(steps).toEqual(["first", "one", "other"]);
    expect(precedence.wait).toBeUndefined();
  });
});
