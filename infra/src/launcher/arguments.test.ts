import { describe, expect, it } from "vitest";
import { readArguments } from "./arguments.ts";

describe("readArguments", () => {
  it.each([
    [[], {}],
    [["--fleet", "500"], { FLEETLOG_FLEET: "500" }],
    [["--fleet=500"], { FLEETLOG_FLEET: "500" }],
    [["--no-fleet"], { FLEETLOG_FLEET: "0" }],
  ])("reads %j", (args, settings) => {
    expect(readArguments(args)).toEqual({ help: false, settings });
  });

  it("knows --help and -h", () => {
    expect(readArguments(["--help"]).help).toBe(true);
    expect(readArguments(["-h"]).help).toBe(true);
  });

  it.each([[["--flet", "5"]], [["--fleet"]], [["5"]], [["--fleet", "5", "--no-fleet"]]])("refuses %j", (args) => {
    expect(() => readArguments(args)).toThrow(/fleet|flet|argument/);
  });
});
