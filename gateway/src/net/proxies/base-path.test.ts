import { describe, expect, it } from "vitest";
import { basePathOf, withoutBase } from "./base-path.ts";

describe("the base path", () => {
  it("is the path of the public URL", () => {
    expect(basePathOf(undefined)).toBe("/");
    expect(basePathOf("https://fleet.example/")).toBe("/");
    expect(basePathOf("https://example.com/a/fleet/")).toBe("/a/fleet/");
  });

  it.each([
    ["/fleet/api/devices?x=1", "/fleet/", "/api/devices?x=1"],
    ["/fleet/", "/fleet/", "/"],
    ["/fleet", "/fleet/", "/"],
    ["/fleet?x=1", "/fleet/", "/?x=1"],
    ["/api/devices", "/fleet/", "/api/devices"],
    ["/fleets/x", "/fleet/", "/fleets/x"],
    ["/fleet/x", "/", "/fleet/x"],
  ])("is removed from %s when it is %s, which leaves %s", (url, base, expected) => {
    expect(withoutBase(url, base)).toBe(expected);
  });
});
