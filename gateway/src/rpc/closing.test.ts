import { describe, expect, it } from "vitest";
import { fitting } from "./closing.ts";

describe("fitting", () => {
  it("keeps a text of at most 123 bytes", () => {
    for (const text of ["", "superseded", "x".repeat(123)]) expect(fitting(text)).toBe(text);
  });

  it("shortens a longer text between two characters", () => {
    for (const character of ["x", "é", "☹", "😀"]) {
      for (const before of ["", "x", "xx", "xxx"]) {
        const text = fitting(before + character.repeat(130));
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(123);
        expect(Buffer.byteLength(text)).toBeGreaterThan(115);
        expect(text).toMatch(new RegExp(`^${before}(?:${character})+…$`, "u"));
      }
    }
  });
});
