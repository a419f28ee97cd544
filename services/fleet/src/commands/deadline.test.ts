import { describe, expect, it } from "vitest";
import { deadlineFrom } from "./deadline.ts";

const now = Date.UTC(2026, 0, 1);
const hour = 3_600_000;

describe("deadlineFrom", () => {
  it.each([
    [undefined, "2026-01-01T01:00:00.000Z"],
    ["30s", "2026-01-01T00:00:30.000Z"],
    ["1.5h", "2026-01-01T01:30:00.000Z"],
    ["2d", "2026-01-03T00:00:00.000Z"],
    ["2026-01-01T02:00:00+01:00", "2026-01-01T01:00:00.000Z"],
  ])("reads %s as %s", (given, expected) => {
    expect(deadlineFrom(given, now, hour)).toBe(expected);
  });

  it.each([
    "",
    "soon",
    "-5s",
    "0s",
    "5",
    "2026-01-01",
    "2026-01-01T02:00:00",
    "2025-12-31T23:59:59Z",
    "400d",
    "999999999999999d",
    "2026-13-01T00:00:00Z",
  ])("refuses %j and names the field", (given) => {
    expect(() => deadlineFrom(given, now, hour)).toThrow(
      expect.objectContaining({ code: "invalid-request", field: "deadline" }),
    );
  });
});
