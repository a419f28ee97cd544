import { describe, expect, it } from "vitest";
import { retryAfterHeader, retryAfterText } from "./retry-after.ts";

const now = Date.UTC(2026, 0, 1);

describe("retryAfterHeader", () => {
  it.each([
    [undefined, undefined],
    ["0", 0],
    ["7", 7_000],
    [" 1.5 ", 1_500],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["99999999", 3_600_000],
    ["soon", undefined],
    ["-5", 0],
  ])("reads %j as %j ms", (value, milliseconds) => {
    // Date.parse reads a negative number as a year in the past.
    expect(retryAfterHeader(value, now)).toBe(milliseconds);
  });
});

describe("retryAfterText", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ["busy, retry after 4 s", 4_000],
    ["Retry-After: 2.5", 2_500],
    ["retry after 250 ms", 250],
    ["retry after a while", undefined],
    ["retry after 1000000 s", 3_600_000],
  ])("reads %j as %j ms", (text, milliseconds) => {
    expect(retryAfterText(text)).toBe(milliseconds);
  });
});
