import { expect, it } from "vitest";
import type { EventResource } from "../../data/events.ts";
import { inPlace, MAX_VALUES, shown, valuesOf } from "./telemetry.ts";

const report = (time: string, data: unknown, more: object = {}): EventResource =>
  ({ time, data: { data }, ...more }) as EventResource;

it("the list of values finds each value by its path, with its earlier values, oldest first", () => {
  const values = valuesOf([
    report("2026-01-01T00:00:20Z", { celsius: 21, door: true, battery: { volts: 3.7 }, pins: [0, 1] }),
    report("2026-01-01T00:00:10Z", { celsius: 20, door: false, mode: "eco" }),
  ]);
  const start = Date.parse("2026-01-01T00:00:00Z") / 1_000;
  expect(values.map(({ path }) => path)).toEqual(["battery.volts", "celsius", "door", "mode", "pins[0]", "pins[1]"]);
  expect(values[1]).toEqual({
    path: "celsius",
    latest: 21,
    unit: "",
    at: (start + 20) * 1_000,
    kind: "number",
    binary: false,
    times: [start + 10, start + 20],
    values: [20, 21],
  });
  expect(values[2]).toMatchObject({ kind: "flag", binary: true, values: [0, 1] });
  expect(values[3]).toMatchObject({ kind: "text", latest: "eco", times: [] });
});

it("the list of values uses the device's own time if the report has one", () => {
  const [value] = valuesOf([report("2026-01-01T00:01:00Z", { a: 1 }, { devicetime: "2026-01-01T00:00:00Z" })]);
  const at = Date.parse("2026-01-01T00:00:00Z");
  expect(value).toMatchObject({ at, times: [at / 1_000] });
});

it("the list of values accepts reports that are not objects, and null values", () => {
  expect(valuesOf([report("2026-01-01T00:00:00Z", null), report("2026-01-01T00:00:00Z", 7)])).toEqual([]);
  const [value] = valuesOf([report("2026-01-01T00:00:10Z", { a: 2 }), report("2026-01-01T00:00:00Z", { a: null })]);
  expect(value?.values).toEqual([null, 2]);
});

it("the list of values reads a long array as one value", () => {
  const wave = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect(valuesOf([report("2026-01-01T00:00:00Z", { wave })])).toMatchObject([
    { path: "wave", kind: "text", latest: wave },
  ]);
});

it("the list of values formats values", () => {
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

it("the list of values reads an object with a value and a unit as one value", () => {
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

it("the list of values leaves out `$types`, which is not a measurement", () => {
  const events = [report("2026-01-01T00:00:00Z", { $types: { a: "INT32" }, $typesOf: 1, heater: { a: 1 } })];
  expect(valuesOf(events, "$types").map(({ path }) => path)).toEqual(["$typesOf", "heater.a"]);
});

it("the list of values keeps the chart of a sensor after a null report", () => {
  const [value] = valuesOf([report("2026-01-01T00:00:10Z", { a: null }), report("2026-01-01T00:00:00Z", { a: 2 })]);
  expect(value).toMatchObject({ latest: null, kind: "number", values: [2, null] });
});

it("the list of values shows the value measured last as the latest value, even if an older value was received later", () => {
  const [value] = valuesOf([
    report("2026-01-01T00:02:00Z", { a: "stored" }, { devicetime: "2026-01-01T00:00:00Z" }),
    report("2026-01-01T00:01:00Z", { a: "live" }, { devicetime: "2026-01-01T00:01:00Z" }),
  ]);
  expect(value).toMatchObject({ latest: "live", at: Date.parse("2026-01-01T00:01:00Z") });
});

it("the list of values orders values by their paths, whichever report has which value", () => {
  const [one, two] = [report("2026-01-01T00:00:20Z", { b10: 1, b9: 1 }), report("2026-01-01T00:00:10Z", { a: 1 })];
  const paths = (events: readonly EventResource[]) => valuesOf(events).map(({ path }) => path);
  expect([paths([one, two]), paths([two, one])]).toEqual([
    ["a", "b9", "b10"],
    ["a", "b9", "b10"],
  ]);
});

it("the list of values keeps values in their places on an open page: new values come last, and missing values stay", () => {
  const before = valuesOf([report("2026-01-01T00:00:00Z", { b: 1, d: 1 })]);
  const after = inPlace(before, valuesOf([report("2026-01-01T00:00:10Z", { a: 2, d: 2 })]));
  expect(after.map(({ path, latest }) => [path, latest])).toEqual([
    ["b", 1],
    ["d", 2],
    ["a", 2],
  ]);
});

it("the list of values uses the time of receipt if the device's time is later", () => {
  const [value] = valuesOf([
    report("2026-01-01T00:01:00Z", { a: "after" }, { devicetime: "2026-01-01T00:01:00Z" }),
    report("2026-01-01T00:00:00Z", { a: "ahead" }, { devicetime: "4026-01-01T00:00:00Z" }),
  ]);
  expect(value).toMatchObject({ latest: "after", at: Date.parse("2026-01-01T00:01:00Z") });
});

it("the list of values reads a leap second", () => {
  const [value] = valuesOf([report("2017-01-01T00:00:05Z", { a: 1 }, { devicetime: "2016-12-31T23:59:60Z" })]);
  expect(value?.at).toBe(Date.parse("2017-01-01T00:00:00Z"));
});

it("the list of values limits the number of values of a report", () => {
  const data = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`v${index}`, index]));
  const values = valuesOf(Array.from({ length: 20 }, () => report("2026-01-01T00:00:00Z", data)));
  expect(values).toHaveLength(MAX_VALUES);
  expect(inPlace(values, valuesOf([report("2026-01-01T00:00:00Z", { more: 1 })]))).toHaveLength(MAX_VALUES);
});
