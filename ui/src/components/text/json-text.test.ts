import { expect, it } from "vitest";
import { readJson } from "./json-text.ts";

it("reads JSON, and describes the fault of a text that is not JSON", () => {
  expect(readJson('{"seconds": 10}')).toEqual({ value: { seconds: 10 }, fault: undefined });
  expect(readJson("null")).toEqual({ value: null, fault: undefined });
  expect(readJson("{seconds: 10}")).toEqual({ value: undefined, fault: "This is not valid JSON." });
});

it("names a number that the browser cannot represent", () => {
  expect(readJson("9007199254740993").fault).toMatch(/^This .*\.$/);
});
