import { describe, expect, it } from "vitest";
import { memberOf, pinsOf } from "./calls.ts";

const done = (name: string, result: unknown) => ({ name, state: "completed" as const, result });

describe("pinsOf", () => {
  it("has the newest answer of each pin, in the order of their numbers", () => {
    const commands = [
      done("set_gpio", { number: 12, value: 1 }),
      done("get_gpio", { number: "3", value: 0 }),
      done("get_gpio", { number: 12, value: 0 }),
    ];
    expect([...pinsOf(commands)]).toEqual([
      [3, false],
      [12, true],
    ]);
  });

  it("ignores other calls, calls without an answer, and answers that name no pin", () => {
    const commands = [
      done("get_rtc", { number: 1, value: 1 }),
      { name: "set_gpio", state: "expired" as const },
      ...[{}, null, { number: "x", value: 1 }, "text"].map((result) => done("get_gpio", result)),
    ];
    expect(pinsOf(commands).size).toBe(0);
  });
});

it("memberOf reads a member of any answer as text", () => {
  expect([memberOf({ value: 0 }, "value"), memberOf({ value: null }, "value"), memberOf("x", "value")]).toEqual([
    "0",
    "",
    "",
  ]);
});
