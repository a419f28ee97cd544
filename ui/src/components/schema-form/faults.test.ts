import { expect, it } from "vitest";
import { rangeOf } from "./faults.ts";

it.each([
  [{ type: "integer", minimum: 1, maximum: 3_600 }, "1 to 3600"],
  [{ type: "number", minimum: 0 }, "0 or more"],
  [{ type: "number", maximum: 5, multipleOf: 0.5 }, "5 or less, in steps of 0.5"],
  [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, "More than 0, less than 1"],
  [{ type: "integer", multipleOf: 1 }, ""],
  [{ type: "string", minLength: 2, maxLength: 16 }, "2 to 16 characters"],
  [{ type: "string", minLength: 0, maxLength: 1 }, "At most 1 character"],
  [{ type: "string", minLength: 1 }, "At least 1 character"],
  [{ type: "array", minItems: 2, maxItems: 2 }, "2 entries"],
  [{ type: "boolean" }, ""],
])("describes the range of %j", (schema, expected) => {
  expect(rangeOf(schema)).toBe(expected);
});
