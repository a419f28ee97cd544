import { describe, expect, it } from "vitest";
import { subjectFilter, subjectMatches, subjectsOfEntity } from "./filter.ts";

describe("filters", () => {
  it("are one subject filter of the stream", () => {
    expect(subjectFilter("FLEET", {})).toBeUndefined();
    expect(subjectFilter("FLEET", { category: "event" })).toBe("fleet.event.*");
    expect(subjectFilter("FLEET", { entity: "a.b" })).toBe("fleet.*.a=2Eb");
    expect(subjectFilter("FLEET", { category: "event", entity: "*" })).toBe("fleet.event.=2A");
    expect(() => subjectFilter("FLEET", { category: "telemetry" })).toThrow(/TELEMETRY/);
  });

  it("know an entity's subjects in a stream", () => {
    expect(subjectsOfEntity("TELEMETRY", "a")).toEqual(["fleet.telemetry.a"]);
    expect(subjectsOfEntity("FLEET", "a")).toContain("fleet.command.a");
    expect(subjectsOfEntity("FLEET", "a")).not.toContain("fleet.telemetry.a");
  });
});

describe("subject matching", () => {
  it("is that of NATS", () => {
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
