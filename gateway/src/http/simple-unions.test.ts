import Type, { type TSchema } from "typebox";
import { describe, expect, it } from "vitest";
import { buildSerializer } from "./serializers.ts";
import { withSimpleUnions } from "./simple-unions.ts";

const Row = Type.Object({ id: Type.String(), note: Type.Optional(Type.Union([Type.String(), Type.Null()])) });
const Literals = Type.Union([Type.Literal("on"), Type.Literal("off"), Type.Null()]);
const Kinds = Type.Union([Type.Object({ tag: Type.String() }), Type.Object({ device: Type.String() })]);

const serialized = (schema: TSchema, value: unknown): unknown => {
  const serialize = buildSerializer({}, {})({ schema, method: "GET", url: "/", httpStatus: "200" });
  return JSON.parse(serialize(value) as string);
};

describe("a union that needs no validator", () => {
  it.each<[name: string, TSchema, values: readonly unknown[]]>([
    ["a text or null", Type.Union([Type.String({ maxLength: 3 }), Type.Null()]), ["a", "", null]],
    ["a text or a number", Type.Union([Type.String(), Type.Integer()]), ["404", 404, 0]],
    ["a number or null", Type.Union([Type.Integer(), Type.Null()]), [7, 0, null]],
    [
      "a date or null",
      Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
      ["2026-01-01T00:00:00.000Z", null],
    ],
    ["a list or null", Type.Union([Type.Array(Type.String()), Type.Null()]), [["a"], [], null]],
    ["an object or null", Type.Union([Row, Type.Null()]), [{ id: "a", note: null }, { id: "b" }, null]],
  ])("%s, is written as it is", (_, union, values) => {
    const schema = Type.Object({
      rows: Type.Array(Type.Object({ value: union })),
      byName: Type.Record(Type.String(), union),
    });
    const written = { rows: values.map((value) => ({ value })), byName: Object.fromEntries(values.entries()) };
    expect(serialized(schema, written)).toEqual(written);
    expect(JSON.stringify(withSimpleUnions(schema))).not.toContain("anyOf");
  });

  it("leaves out properties that the schema does not have", () => {
    const schema = Type.Object({ row: Type.Union([Row, Type.Null()]) });
    expect(serialized(schema, { row: { id: "a", secret: "s" }, secret: "s" })).toEqual({ row: { id: "a" } });
  });

  it("leaves out properties that the schema does not have in a tuple, too", () => {
    const schema = Type.Object({ pair: Type.Tuple([Row, Type.Integer()]) });
    expect(serialized(schema, { pair: [{ id: "a", secret: "s" }, 7] })).toEqual({ pair: [{ id: "a" }, 7] });
  });
});

it.each([
  ["literals", Literals, ["on", null]],
  ["objects", Kinds, [{ tag: "roof" }, { device: "pump" }]],
] as const)("a union of %s stays as it is", (_, union, values) => {
  expect(withSimpleUnions(union)).toMatchObject({ anyOf: union.anyOf });
  for (const value of values) expect(serialized(Type.Object({ value: union }), { value })).toEqual({ value });
});
