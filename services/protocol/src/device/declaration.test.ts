import { describe, expect, it } from "vitest";
import { declaredParams, profileFault } from "./declaration.ts";

describe("the known fields of a profile", () => {
  it.each([
    [{ model: "P1", serial: "1", firmware: "1.0", commands: ["reboot", { name: "blink", params: {} }], more: [1] }],
    [{}],
  ])("are valid: %j", (profile) => {
    expect(profileFault(profile)).toBeUndefined();
  });

  it.each([
    [{ commands: "blink" }, "commands must be a list"],
    [{ commands: { blink: {} } }, "commands must be a list"],
    [{ commands: [{ title: "Blink" }] }, "commands[0].name is required"],
    [{ commands: ["reboot", { name: "a b" }] }, "commands[1].name must be 1 to 128 letters"],
    [{ commands: [{ name: "blink", params: "times" }] }, "commands[0].params must be an object"],
    [{ commands: [7] }, "commands[0] must be text or an object"],
    [{ model: 5 }, "model must be text"],
    [{ firmware: null }, "firmware must be text"],
  ])("have a wrong form: %j", (profile, message) => {
    const fault = profileFault(profile);
    expect(fault?.startsWith(message), fault).toBe(true);
    expect(fault).toMatch(/; the profile is recorded, but this is not understood$/);
  });
});

describe("a declared command", () => {
  const params = { type: "object" };
  it("is found by its name", () => {
    expect(declaredParams({ commands: ["a", null, { name: "b", params }] }, "b")).toEqual(params);
  });

  it.each([
    [{ commands: [{ name: "b", params: 7 }] }],
    [{ commands: [{ name: "b" }] }],
    [{ commands: ["b"] }],
    [{ commands: { b: params } }],
    [{}],
  ])("has no schema in %j", (profile) => {
    expect(declaredParams(profile, "b")).toBeUndefined();
  });
});
