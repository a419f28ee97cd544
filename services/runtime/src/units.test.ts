import { describe, expect, it } from "vitest";
import { DURATION_PATTERN, formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

describe("durations", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["10s", 10_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
  ])("reads %s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
    expect(text).toMatch(new RegExp(DURATION_PATTERN));
  });

  it.each(["", "10", "s", "-1s", "1 s", "10S", "1e3s", "1.s", "1w", "10constructor"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(text).not.toMatch(new RegExp(DURATION_PATTERN));
  });

  it("writes a duration in the largest unit of which it is a multiple", () => {
    for (const text of ["250ms", "10s", "90s", "5m", "7d"])
      expect(formatDuration(parseDuration(text) ?? -1)).toBe(text);
    expect(formatDuration(0)).toBe("0ms");
  });
});

describe("sizes", () => {
  it.each([
    ["1024", 1_024],
    ["1B", 1],
    ["1.5KiB", 1_536],
    ["8GiB", 8_589_934_592],
  ])("reads %s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["", "GiB", "1GB", "1 GiB", "-1", "1.5"])("refuses %j", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it("writes a size in the largest unit of which it is a multiple", () => {
    expect(formatSize(1_536)).toBe("1536B");
    expect(formatSize(8_589_934_592)).toBe("8GiB");
  });
});
