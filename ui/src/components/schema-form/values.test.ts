import { describe, expect, it } from "vitest";
import { rootOf, type Schema } from "./schema.ts";
import { canHold, collect, collectMatching, initial, withTyped } from "./values.ts";

const root = rootOf({
  type: "object",
  required: ["seconds", "mode"],
  properties: {
    seconds: { type: "integer", title: "Seconds", minimum: 1, maximum: 60, default: 10 },
    mode: { enum: ["eco", 2] },
    quiet: { type: "boolean", default: true },
    note: { type: "string", maxLength: 4, pattern: "^[a-z]*$" },
    free: { type: "array" },
  },
});
const blank = initial(root) as Record<string, string>;

describe("a form made from a schema", () => {
  it("has a field for each property, of a kind that fits the property's type", () => {
    expect(root.fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ["seconds", "number", true],
      ["mode", "choice", true],
      ["quiet", "flag", false],
      ["note", "text", false],
      ["free", "json", false],
    ]);
    expect(root.fields.map(({ title }) => title)).toEqual(["Seconds", "mode", "quiet", "note", "free"]);
  });

  it("begins with the defaults, or with the given value", () => {
    expect(initial(root)).toEqual({ seconds: "10", mode: "", quiet: true, note: "", free: "" });
    expect(initial(root, { seconds: 5, mode: 2, quiet: false, free: [1] })).toEqual({
      seconds: "5",
      mode: "2",
      quiet: false,
      note: "",
      free: "[1]",
    });
  });

  it("collects typed values, and omits optional fields without input", () => {
    const typed = { seconds: "5", mode: '"eco"', quiet: false, note: "", free: "[1,2]" };
    expect(collect(root, typed)).toEqual({
      ok: true,
      params: { seconds: 5, mode: "eco", quiet: false, free: [1, 2] },
    });
  });

  it("reports the error of each field", () => {
    expect(collect(root, { ...blank, seconds: "61", note: "A", free: "[" })).toEqual({
      ok: false,
      faults: {
        seconds: "At most 60.",
        mode: "This is required.",
        free: "This is not valid JSON.",
      },
    });
    expect(collect(root, { seconds: "1.5", mode: "2" })).toMatchObject({
      faults: { seconds: "This must be a whole number." },
    });
    expect(collect(root, { seconds: "x", mode: "2", note: "abcde" })).toMatchObject({
      faults: { seconds: "This is not a number.", note: "At most 4 characters." },
    });
  });

  it.each<[Schema, string, string | undefined]>([
    [{ type: "number", exclusiveMinimum: 0 }, "0", "More than 0."],
    [{ type: "number", exclusiveMaximum: 1 }, "1", "Less than 1."],
    [{ type: "number", multipleOf: 0.1 }, "0.3", undefined],
    [{ type: "number", multipleOf: 5 }, "7", "This must be a multiple of 5."],
    [{ type: "string", minLength: 1, maxLength: 1 }, "ab", "At most 1 character."],
    [{ type: "string", format: "date-time" }, "soon", "This must be a date and time: 2026-01-31T12:00:00Z."],
    [{ type: ["integer", "null"] }, "1.5", "This must be a whole number."],
  ])("validates a value by the schema %j: %s", (schema, text, fault) => {
    const outcome = collect(rootOf({ properties: { a: schema } }), { a: text });
    expect(outcome.ok ? undefined : outcome.faults.a).toBe(fault);
  });

  it("has no fields if a device sent no valid schema", () => {
    for (const odd of [undefined, {}, { properties: [] }, { properties: { a: 1, b: null } }, { properties: 7 }, 7])
      expect(rootOf(odd as Schema)).toMatchObject({ kind: "group", fields: [] });
  });

  it("supports parameters that are not an object", () => {
    const percent = rootOf({ type: "integer", maximum: 100 });
    expect(percent).toMatchObject({ kind: "number", title: "Parameters" });
    expect(collect(percent, "40")).toEqual({ ok: true, params: 40 });
    expect(collect(percent, "101")).toEqual({ ok: false, faults: { "": "At most 100." } });
  });
});

describe("choices", () => {
  it("are the values of an enum, a constant, or alternatives with titles", () => {
    const texts = (schema: Schema) => rootOf({ properties: { a: schema } }).fields[0]?.choices.map(({ text }) => text);
    expect(texts({ enum: ["eco", 2, null] })).toEqual(["eco", "2", "null"]);
    expect(texts({ const: "only" })).toEqual(["only"]);
    expect(texts({ oneOf: [{ const: 1, title: "Low" }, { const: 2 }] })).toEqual(["Low", "2"]);
    expect(texts({ anyOf: [{ const: 1 }, { type: "string" }] })).toEqual([]);
  });
});

describe("groups and lists", () => {
  const schedule = rootOf({
    required: ["days"],
    properties: {
      days: { type: "array", minItems: 1, maxItems: 2, uniqueItems: true, items: { enum: ["mon", "tue", "wed"] } },
      window: {
        type: "object",
        required: ["from"],
        properties: {
          from: { type: "integer", minimum: 0, maximum: 23 },
          strict: { type: "boolean" },
          ports: { type: "array", items: { type: "object", properties: { port: { type: "integer" } } } },
        },
      },
    },
  });

  it("begin with as many entries as the schema requires, or with the given value", () => {
    expect(initial(schedule)).toEqual({ days: [""], window: { from: "", strict: false, ports: [] } });
    expect(initial(schedule, { days: ["mon"], window: { from: 8, ports: [{ port: 1 }] } })).toEqual({
      days: ['"mon"'],
      window: { from: "8", strict: false, ports: [{ port: "1" }] },
    });
  });

  it("are omitted if they are optional and empty", () => {
    expect(collect(schedule, withTyped(initial(schedule), ["days", 0], '"tue"'))).toEqual({
      ok: true,
      params: { days: ["tue"] },
    });
  });

  it("report errors by path", () => {
    let typed = withTyped(initial(schedule), ["window", "strict"], true);
    typed = withTyped(typed, ["window", "ports"], [{ port: "x" }]);
    expect(collect(schedule, typed)).toEqual({
      ok: false,
      faults: {
        "days[0]": "This is required.",
        "window.from": "This is required.",
        "window.ports[0].port": "This is not a number.",
      },
    });
    expect(collect(schedule, { days: ['"mon"', '"mon"'] })).toMatchObject({
      faults: { days: "Each entry only once." },
    });
    expect(collect(schedule, { days: ["", ""] })).toEqual({
      ok: false,
      faults: { "days[0]": "This is required.", "days[1]": "This is required." },
    });
    expect(collect(schedule, { days: [] })).toMatchObject({ faults: { days: "At least 1 entry." } });
  });

  it("hold a given value only if no part of the value is lost", () => {
    expect(canHold(schedule, undefined)).toBe(true);
    expect(canHold(schedule, { days: ["mon"], window: { from: 8 } })).toBe(true);
    for (const other of [{ days: ["sun"] }, { days: "mon" }, { window: { until: 9 } }, { window: { from: "8" } }, 7])
      expect(canHold(schedule, other)).toBe(false);
  });

  it("are edited as JSON if they are nested too deeply", () => {
    let schema: Schema = { type: "string" };
    for (let depth = 0; depth < 6; depth++) schema = { type: "object", properties: { a: schema } };
    let field = rootOf(schema);
    while (field.fields[0] !== undefined) [field] = field.fields as [typeof field];
    expect(field.kind).toBe("json");
  });
});

describe("patterns", () => {
  const matches = async (value: string, pattern: string) => new RegExp(pattern, "u").test(value);

  it("are reported with the other errors for a value that does not match", async () => {
    expect(await collectMatching(root, { ...blank, seconds: "61", mode: "2", note: "A" }, matches)).toEqual({
      ok: false,
      faults: { seconds: "At most 60.", note: "This must match ^[a-z]*$." },
    });
    expect(await collectMatching(root, { ...blank, mode: "2", note: "a" }, matches)).toMatchObject({ ok: true });
  });

  it("are also tested in groups and lists", async () => {
    const nested = rootOf({
      properties: {
        all: { type: "array", items: { type: "object", properties: { id: { type: "string", pattern: "^x" } } } },
      },
    });
    const typed = { all: [{ id: "x1" }, { id: "y2" }] };
    expect(await collectMatching(nested, typed, matches)).toEqual({
      ok: false,
      faults: { "all[1].id": "This must match ^x." },
    });
  });
});

describe("a schema of any size", () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, { type: "string" }]));

  it("is edited as JSON if it has too many fields", () => {
    const large = rootOf({ type: "object", properties: many(12_000) as Record<string, Schema> });
    expect([large.kind, large.title, large.fields]).toEqual(["json", "Parameters", []]);
    const nested = rootOf({
      properties: {
        a: { type: "object", properties: many(60) as Record<string, Schema> },
        b: { type: "object", properties: many(60) as Record<string, Schema> },
      },
    });
    expect(nested.kind).toBe("json");
    expect(rootOf({ properties: many(100) as Record<string, Schema> }).fields).toHaveLength(100);
  });

  it("is edited as JSON if a list has too many entries, so that no entry is lost", () => {
    const values = Array.from({ length: 60_000 }, (_, i) => i);
    const list = rootOf({ properties: { values: { type: "array", items: { type: "integer" }, default: values } } });
    const [field] = list.fields;
    expect(field?.kind).toBe("json");
    expect(collect(list, initial(list))).toEqual({ ok: true, params: { values } });
    const short = rootOf({ properties: { values: { type: "array", items: { type: "integer" } } } });
    expect([canHold(short, { values: [1] }), canHold(short, { values })]).toEqual([true, false]);
  });

  it("has a text field instead of a choice with too many values", () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `n${i}`);
    expect(rootOf({ properties: { name: { type: "string", enum: names } } }).fields[0]?.kind).toBe("text");
  });
});
