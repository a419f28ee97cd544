import { expect, it } from "vitest";
import { path } from "../charts/sparkline.ts";
import { bytes, counted, percent, threeDigits } from "./numbers.ts";

it("a size has a suitable unit", () => {
  expect([0, 1, 1_023, 1_024, 50_541, 8 * 1024 ** 3, 1024 ** 5].map(bytes)).toEqual([
    "0 B",
    "1 B",
    "1,023 B",
    "1 KiB",
    "49.4 KiB",
    "8 GiB",
    "1,024 TiB",
  ]);
});

it("a number has about three digits", () => {
  expect([0, 0.5, 0.126, 12.345, 345.6, 12_345].map(threeDigits)).toEqual([
    "0",
    "0.5",
    "0.13",
    "12.3",
    "346",
    "12,345",
  ]);
});

it("a count has a noun in the plural, except for the count 1", () => {
  expect([counted(0, "device"), counted(1, "device"), counted(1_200, "device")]).toEqual([
    ...["0 devices", "1 device", "1,200 devices"],
  ]);
  expect(counted(2, "entry", "entries")).toBe("2 entries");
});

it("only a share of 0 is 0 %, and only a share of 1 is 100 %", () => {
  expect([0, 0.000_01, 0.5, 0.999, 1].map(percent)).toEqual(["0 %", "< 1 %", "50 %", "> 99 %", "100 %"]);
});

it("a sparkline ends at the right edge, peaks near the top, and is empty for a single value", () => {
  expect(path([1], 5)).toBe("");
  expect(path([0, 2, 1], 5)).toBe("M50 23L75 2L100 12.5");
  expect(path([0, 0], 3)).toBe("M50 23L100 23");
});
