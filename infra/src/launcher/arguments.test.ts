import { describe, expect, it } from "vitest";
import { readArguments } from "./arguments.ts";

describe("readArguments", () => {
  it.each([
    [[], {}],
    [["--fleet", "500"], { FLEETLOG_FLEET: "500" }],
    [["--fleet=500"], { FLEETLOG_FLEET: "500" }],
    [["--no-fleet"], { FLEETLOG_FLEET: "0" }],
    [["--fleet", "older"], { FLEETLOG_FLEET_OLDER: "on", FLEETLOG_EDGEBIND_PORT: "3333", FLEETLOG_TLS: "auto" }],
  ])("reads %j", (args, settings) => {
    expect(readArguments(args)).toEqual({ help: undefined, settings });
  });

  it("knows --help and -h", () => {
    for (const flag of ["--help", "-h"]) expect(readArguments([flag]).help).toContain("npm start -- --fleet 500");
  });
});
