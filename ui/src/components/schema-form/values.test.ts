import { describe, expect, it } from "vitest";
import { fieldsOf } from "./schema.ts";
import { collect, initial } from "./values.ts";

const fields = fieldsOf({
  type: "object",
  required: ["seconds", "mode"],
  properties: {
    seconds: { type: "integer", title: "Seconds", minimum: 1, maximum: 60, default: 10 },
    mode: { enum: ["eco", 2] },
    quiet: { type: "boolean", default: true },
    note: { type: "string", maxLength: 4, pattern: "^[a-z]*$" },
    list: { type: "array" },
  },
});

describe("a form made from a schema", () => {
  it("has a field a property, of a kind that fits", () => {
    expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ["seconds", "number", true],
      ["mode", "choice", true],
      ["quiet", "flag", false],
      ["note", "text", false],
      ["list", "json", false],
    ]);
    expect(fields.map(({ title }) => title)).toEqual(["Seconds", "mode", "quiet", "note", "list"]);
  });

  it("begins with the defaults, or with what was sent before", () => {
    expect(initial(fields)).toEqual({ seconds: "10", mode: "", quiet: true, note: "", list: "" });
    expect(initial(fields, { seconds: 5, mode: 2, quiet: false, list: [1] })).toEqual({
      seconds: "5",
      mode: "2",
      quiet: false,
      note: "",
      list: "[1]",
    });
  });

  it("collects typed values, and leaves out what is empty and not needed", () => {
    const typed = { seconds: "5", mode: '"eco"', quiet: false, note: "", list: "[1,2]" };
    expect(collect(fields, typed)).toEqual({
      ok: true,
      params: { seconds: 5, mode: "eco", quiet: false, list: [1, 2] },
    });
  });

  it("says of each field what is wrong with it", () => {
    expect(collect(fields, { seconds: "61", mode: "", quiet: true, note: "A", list: "[" })).toEqual({
      ok: false,
      faults: {
        seconds: "At most 60.",
        mode: "This is needed.",
        note: "This must match ^[a-z]*$.",
        list: "This is not valid JSON.",
      },
    });
    expect(collect(fields, { seconds: "1.5", mode: "2" })).toMatchObject({
      faults: { seconds: "This must be a whole number." },
    });
    expect(collect(fields, { seconds: "x", mode: "2", note: "abcde" })).toMatchObject({
      faults: { seconds: "This is not a number.", note: "At most 4 characters." },
    });
  });

  it("has no fields where a device sent no schema worth the name", () => {
    for (const odd of [undefined, {}, { properties: [] }, { properties: { a: 1, b: null } }, { properties: 7 }])
      expect(fieldsOf(odd as Parameters<typeof fieldsOf>[0])).toEqual([]);
  });
});
