import { expect, it } from "vitest";
import { FILES, isJson, TEMPLATE, templateFault } from "./templates.ts";

it("accepts only a JSON object as a template", () => {
  expect(["{}", TEMPLATE].map(templateFault)).toEqual(["", ""]);
  expect(["", "{", "[]", "7", "null"].map((text) => templateFault(text) !== "")).toEqual(Array(5).fill(true));
});

it("knows JSON files by type or name", () => {
  expect(isJson({ name: "a.JSON", type: "" })).toBe(true);
  expect(isJson({ name: "a", type: "application/json" })).toBe(true);
  expect(isJson({ name: "a.csv", type: "text/csv" })).toBe(false);
});

it("offers files whose rows have as many cells as columns", () => {
  for (const { name, text } of Object.values(FILES).flat()) {
    if (name.endsWith(".json")) expect(JSON.parse(text).rows).not.toHaveLength(0);
    else
      expect(
        new Set(
          text
            .trimEnd()
            .split("\r\n")
            .map((line) => line.replaceAll(/"[^"]*"/g, "").split(",").length),
        ).size,
      ).toBe(1);
  }
});
