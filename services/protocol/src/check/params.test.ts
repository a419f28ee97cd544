import { describe, expect, it } from "vitest";
import { configurationFault, paramsFault } from "./params.ts";

const pin = { type: "integer", minimum: 0, maximum: 7 };
const schema = {
  type: "object",
  properties: {
    pin,
    label: { type: "string", minLength: 1, maxLength: 4 },
    mode: { enum: ["on", "off"] },
    level: { oneOf: [{ const: "low" }, { const: "high" }] },
    days: { type: "array", items: { type: "integer", exclusiveMinimum: 0 }, maxItems: 2 },
    step: { type: "number", multipleOf: 0.1 },
    either: { anyOf: [{ type: "string" }, { type: "boolean" }] },
    file: { type: "string", format: "url-without-login" },
  },
  required: ["pin"],
  additionalProperties: false,
};

describe("a command's parameters, checked by the device's declaration", () => {
  it.each([
    [{ pin: 3 }],
    [{ pin: 0, label: "a", mode: "on", level: "high", days: [1, 2], step: 0.3, either: true }],
    [{ pin: 7, label: "😀😀😀😀" }],
    [{ pin: 7, file: "https://files.example:8443/a@b.dp?c=d" }],
  ])("accepts %j", (params) => {
    expect(paramsFault(schema, params)).toBeUndefined();
  });

  it.each([
    [undefined, "params.pin", "params.pin is required"],
    [null, "params.pin", "params.pin is required"],
    [7, "params", "params must be an object"],
    [[], "params", "params must be an object"],
    [{ pin: "3" }, "params.pin", "params.pin must be a whole number"],
    [{ pin: 1.5 }, "params.pin", "params.pin must be a whole number"],
    [{ pin: 8 }, "params.pin", "params.pin must be from 0 to 7"],
    [{ pni: 3 }, "params.pni", 'unknown parameter "pni" in params: did you mean pin?'],
    [{ pin: 1, label: "" }, "params.label", "params.label must not be empty"],
    [{ pin: 1, label: "abcde" }, "params.label", "params.label must have at most 4 characters"],
    [{ pin: 1, mode: "of" }, "params.mode", "params.mode must be one of on, off"],
    [{ pin: 1, level: "mid" }, "params.level", "params.level must be one of low, high"],
    [{ pin: 1, days: [1, 0] }, "params.days[1]", "params.days[1] must be more than 0"],
    [{ pin: 1, days: [1, 2, 3] }, "params.days", "params.days must hold at most 2 items"],
    [{ pin: 1, step: 0.35 }, "params.step", "params.step must be a multiple of 0.1"],
    [{ pin: 1, either: 7 }, "params.either", "params.either must be text"],
    [{ pin: 1, file: "https://ada:secret@files.example/a.dp" }, "params.file", "without user name and password"],
    [{ pin: 1, file: "https://\\/ada:secret@files.example/a.dp" }, "params.file", "without user name and password"],
    [{ pin: 1, file: "ftp://files.example/a.dp" }, "params.file", "must be an HTTP or HTTPS address"],
  ])("refuses %j at %s", (params, field, message) => {
    expect(paramsFault(schema, params)).toEqual({ field, message: expect.stringContaining(message) });
  });

  describe("and a schema that allows exactly one of two parameters", () => {
    const source = { type: "string" };
    const exclusive = {
      type: "object",
      properties: { url: source, artifact: source, name: source },
      required: ["name"],
      oneOf: [{ required: ["url"] }, { required: ["artifact"] }],
    };

    it.each([[{ name: "a", url: "b" }], [{ name: "a", artifact: "b" }]])("accepts %j", (params) => {
      expect(paramsFault(exclusive, params)).toBeUndefined();
    });

    it.each([
      [{ url: "b", artifact: "c" }, "params.name", "params.name is required"],
      [{ name: "a" }, "params.url", "params.url or params.artifact is required"],
      [{ name: "a", artifact: "c", url: "b" }, "params.artifact", "params.artifact is not allowed with params.url"],
      [{ name: "a", url: 1 }, "params.url", "params.url must be text"],
    ])("refuses %j at %s", (params, field, message) => {
      expect(paramsFault(exclusive, params)).toEqual({ field, message });
    });

    it("accepts defaults with neither of these members, and refuses defaults with both", () => {
      expect(configurationFault(exclusive, {}, { partial: true })).toBeUndefined();
      expect(configurationFault(exclusive, { url: "a", artifact: "b" }, { partial: true })).toMatchObject({
        field: "values.artifact",
      });
    });

    it("accepts two matching forms if they have patterns, because patterns are not run", () => {
      const forms = [
        { required: ["url"], properties: { url: { type: "string", pattern: "^http:" } } },
        { required: ["url"], properties: { url: { type: "string", pattern: "^https:" } } },
      ];
      expect(paramsFault({ oneOf: forms }, { url: "https://files.example" })).toBeUndefined();
    });
  });

  it("accepts missing parameters if the schema allows an object, and refuses them otherwise", () => {
    expect(paramsFault({ type: "object", properties: { pin } }, undefined)).toBeUndefined();
    expect(paramsFault({}, undefined)).toBeUndefined();
    expect(paramsFault(pin, null)).toMatchObject({ field: "params", message: "params must be a whole number" });
    expect(paramsFault(pin, 5)).toBeUndefined();
  });

  it.each([
    [{ type: "quaternion" }],
    [{ minimum: "x", maximum: null, maxLength: {}, enum: 7, required: 7, properties: 3, items: [], anyOf: [] }],
    [{ properties: { __proto__: pin, toString: null } }],
    [{ pattern: "(", format: "iban", $ref: "#/nowhere" }],
    ["object"],
    [null],
    [undefined],
  ])("ignores unknown and malformed parts of a schema: %j", (given) => {
    expect(paramsFault(given, { toString: 1 })).toBeUndefined();
    expect(paramsFault(given, 1)).toBeUndefined();
    expect(paramsFault(given, "x")).toBeUndefined();
  });

  it("does not run a pattern that the device declared", () => {
    expect(paramsFault({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(40)}!`)).toBeUndefined();
  });

  it("stops at 32 levels and 20,000 values, and accepts the rest", () => {
    let deep: object = { type: "string" };
    for (let i = 0; i < 10_000; i++) deep = { anyOf: [deep, deep], items: deep };
    expect(paramsFault(deep, [1])).toBeUndefined();
    const many = Array.from({ length: 200_000 }, (_, i) => i);
    expect(paramsFault({ items: { anyOf: [{ type: "string" }, { type: "integer" }] } }, many)).toBeUndefined();
  });
});
