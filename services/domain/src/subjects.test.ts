import { describe, expect, it } from "vitest";
import { CATEGORIES, isCategory, parseSubject, subjectOf } from "./subjects.ts";

describe("subjects", () => {
  it("are parsed to the category and entity that they name", () => {
    for (const category of CATEGORIES) {
      for (const entity of ["a", "a.b", "*", ">", "fleet.event.x", "ü", "a b", "=2E"]) {
        const subject = subjectOf(category, entity);
        expect(subject.split(".")).toHaveLength(3);
        expect(parseSubject(subject)).toEqual({ category, entity });
      }
    }
  });

  it("are parsed to undefined if subjectOf never makes them", () => {
    const never = ["", "fleet", "fleet.event", "fleet.event.", "fleet.event.a.b", "fleet.nothing.a", "other.event.a"];
    for (const subject of [
      ...never,
      "fleet.event.*",
      "fleet.*.a",
      "fleet.event.>",
      "fleet.event.=41",
      "Fleet.event.a",
    ]) {
      expect(parseSubject(subject), subject).toBeUndefined();
    }
  });

  it("have one of the known categories", () => {
    expect(CATEGORIES.every(isCategory)).toBe(true);
    for (const other of ["", "Event", "constructor", undefined, 0, ["event"]]) expect(isCategory(other)).toBe(false);
  });
});
