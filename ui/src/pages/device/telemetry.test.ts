import { expect, it } from "vitest";
import type { EventResource } from "../../data/events.ts";
import { shown, valuesOf } from "./telemetry.ts";

const report = (time: string, data: unknown, more: object = {}): EventResource =>
  ({ time, data: { data }, ...more }) as EventResource;

it("finds each value by its path, with what it was before, oldest first", () => {
  const values = valuesOf([
    report("2026-01-01T00:00:20Z", { celsius: 21, door: true, battery: { volts: 3.7 }, pins: [0, 1] }),
    report("2026-01-01T00:00:10Z", { celsius: 20, door: false, mode: "eco" }),
  ]);
  const start = Date.parse("2026-01-01T00:00:00Z") / 1_000;
  expect(values.map(({ path }) => path)).toEqual(["celsius", "door", "battery.volts", "pins[0]", "pins[1]", "mode"]);
  expect(values[0]).toEqual({
    path: "celsius",
    latest: 21,
    unit: "",
    at: "2026-01-01T00:00:20Z",
    kind: "number",
    binary: false,
    times: [start + 10, start + 20],
    values: [20, 21],
  });
  expect(values[1]).toMatchObject({ kind: "flag", binary: true, values: [0, 1] });
  expect(values.at(-1)).toMatchObject({ kind: "text", latest: "eco", times: [] });
});

it("takes the device's own time where it gave one", () => {
  const [value] = valuesOf([report("2026-01-01T00:01:00Z", { a: 1 }, { devicetime: "2026-01-01T00:00:00Z" })]);
  expect(value).toMatchObject({ at: "2026-01-01T00:00:00Z", times: [Date.parse("2026-01-01T00:00:00Z") / 1_000] });
});

it("accepts reports that are not objects, and gaps", () => {
  expect(valuesOf([report("2026-01-01T00:00:00Z", null), report("2026-01-01T00:00:00Z", 7)])).toEqual([]);
  const [value] = valuesOf([report("2026-01-01T00:00:10Z", { a: 2 }), report("2026-01-01T00:00:00Z", { a: null })]);
  expect(value?.values).toEqual([null, 2]);
});

it("takes a long array as one value", () => {
  const wave = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect(valuesOf([report("2026-01-01T00:00:00Z", { wave })])).toMatchObject([
    { path: "wave", kind: "text", latest: wave },
  ]);
});

it("formats values", () => {
  expect([true, 0.1 + 0.2, "x", [1], null].map(shown)).toEqual(["on", "0.3", "x", "[1]", "null"]);
  expect([0, -0, 24.123456789, 1_234_567, 1_234_567.89, -3.5].map(shown)).toEqual([
    "0",
    "0",
    "24.1235",
    "1,234,567",
    "1,234,568",
    "-3.5",
  ]);
  expect([1.5e300, -2e15, 0.000012].map(shown)).toEqual(["1.5E300", "-2E15", "1.2E-5"]);
});

it("takes a value and its unit as one", () => {
  const at = "2026-01-01T00:00:00Z";
  const data = {
    celsius: { value: 21.5, unit: "°C" },
    gone: { value: null, unit: "V" },
    pair: { value: {}, unit: "x" },
  };
  const values = valuesOf([report(at, data)]);
  expect(values.map(({ path, latest, unit }) => [path, latest, unit])).toEqual([
    ["celsius", 21.5, "°C"],
    ["gone", null, "V"],
    ["pair.unit", "x", ""],
  ]);
});

it("keeps the chart of a sensor that reports null once", () => {
  const [value] = valuesOf([report("2026-01-01T00:00:10Z", { a: null }), report("2026-01-01T00:00:00Z", { a: 2 })]);
  expect(value).toMatchObject({ latest: null, kind: "number", values: [2, null] });
});

it("takes as the latest the value measured last, not that received last", () => {
  const [value] = valuesOf([
    report("2026-01-01T00:02:00Z", { a: "stored" }, { devicetime: "2026-01-01T00:00:00Z" }),
    report("2026-01-01T00:01:00Z", { a: "live" }, { devicetime: "2026-01-01T00:01:00Z" }),
  ]);
  expect(value).toMatchObject({ latest: "live", at: "2026-01-01T00:01:00Z" });
});
