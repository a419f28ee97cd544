import { describe, expect, it } from "vitest";
import { categoriesIn, matchesCategories, subjectFilter, subjectMatches } from "./filter.ts";

describe("filters", () => {
  it("become one subject filter within the stream", () => {
    expect(subjectFilter("FLEET", {})).toBeUndefined();
    expect(subjectFilter("FLEET", { category: "event" })).toBe("fleet.event.*");
    expect(subjectFilter("FLEET", { entity: "a.b" })).toBe("fleet.*.a=2Eb");
    expect(subjectFilter("FLEET", { category: "event", entity: "*" })).toBe("fleet.event.=2A");
    expect(() => subjectFilter("FLEET", { category: "telemetry" })).toThrow(/TELEMETRY/);
  });

  it("contain only categories that the stream keeps", () => {
    expect(categoriesIn("TELEMETRY")).toEqual(["telemetry"]);
    expect(categoriesIn("FLEET")).toContain("command");
    expect(categoriesIn("FLEET")).not.toContain("telemetry");
    expect(categoriesIn("FLEET", ["telemetry", "command"])).toEqual(["command"]);
  });

  it("match only subjects of their categories", () => {
    const wanted = matchesCategories(["event", "command"]);
    expect(["fleet.event.a", "fleet.command.event"].every(wanted)).toBe(true);
    expect(["fleet.session.a", "fleet.events.a", "fleet.gateway.event"].some(wanted)).toBe(false);
  });
});

describe("subject matching", () => {
  it("follows the wildcard rules of NATS", () => {
    const matching = [
      ["a", "a"],
      ["a.*", "a.b"],
      ["*.b", "a.b"],
      ["a.>", "a.b"],
      ["a.>", "a.b.c"],
      [">", "a"],
      ["*.*", "a.b"],
    ];
    for (const [pattern = "", subject = ""] of matching) expect(subjectMatches(pattern, subject), pattern).toBe(true);
    const not = [
      ["a", "b"],
      ["a.*", "a"],
      ["a.*", "a.b.c"],
      ["a.>", "a"],
      ["*", "a.b"],
      ["a.b", "a"],
      ["a", "a.b"],
      ["*.b", "a.c"],
    ];
    for (const [pattern = "", subject = ""] of not) expect(subjectMatches(pattern, subject), pattern).toBe(false);
  });
});
