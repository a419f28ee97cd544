import { describe, expect, it } from "vitest";
import { changesOf, componentsIn, type KuraComponent, schemaOf, titleOf, valuesOf } from "./components.ts";

const clock: KuraComponent = {
  pid: "org.eclipse.kura.clock.ClockService",
  name: "Clock",
  attributes: [
    { id: "enabled", name: "Enabled", type: "Boolean", required: true, description: "Whether it is set" },
    { id: "provider", type: "String", required: true, options: [{ label: "Java", value: "java" }, { value: "ntpd" }] },
    { id: "port", type: "Integer", required: true, min: "1", max: "65535" },
    { id: "hosts", type: "String", cardinality: 5 },
    { id: "offset", type: "Long" },
    { id: "drift", type: "Float" },
    { id: "note", type: "String" },
    { id: "password", type: "Password" },
  ],
  properties: [
    { name: "enabled", type: "Boolean", value: true },
    { name: "provider", type: "String", value: "java" },
    { name: "port", type: "Integer", value: 123 },
    { name: "hosts", type: "String", value: ["a"] },
    { name: "offset", type: "Long", value: "9007199254740993" },
    { name: "note", type: "String", value: "x" },
    { name: "password", type: "Password", value: null },
    { name: "service.pid", type: "String", value: "p" },
  ],
};

describe("a component of Kura", () => {
  it("is shown as a form by its definition, without passwords", () => {
    expect(schemaOf(clock)).toEqual({
      type: "object",
      required: ["enabled", "provider", "port"],
      properties: {
        enabled: { type: "boolean", title: "Enabled", description: "Whether it is set" },
        provider: {
          oneOf: [
            { const: "java", title: "Java" },
            { const: "ntpd", title: "ntpd" },
          ],
          title: "provider",
        },
        port: { type: "integer", minimum: 1, maximum: 65_535, title: "port" },
        hosts: { type: "array", items: { type: "string" }, title: "hosts" },
        offset: { type: "string", pattern: "^-?[0-9]{1,19}$", title: "offset" },
        drift: { type: "number", title: "drift" },
        note: { type: "string", title: "note" },
      },
    });
    expect(valuesOf(clock)).not.toHaveProperty("service.pid");
    expect(valuesOf(clock)).toMatchObject({ enabled: true, hosts: ["a"] });
  });

  it("is shown as a form of its properties if it has no definition", () => {
    const { attributes: _, ...bare } = clock;
    expect(Object.keys(schemaOf(bare).properties ?? {})).toHaveLength(7);
  });

  it("is changed only in the edited fields", () => {
    expect(changesOf(clock, valuesOf(clock))).toEqual([]);
    const changed = { ...valuesOf(clock), port: 124, hosts: ["a", "b"], drift: 0.5, note: undefined };
    expect(changesOf(clock, changed)).toEqual([
      { name: "port", type: "Integer", value: 124 },
      { name: "hosts", type: "String", value: ["a", "b"] },
      { name: "drift", type: "Float", value: 0.5 },
      { name: "note", type: "String", value: "" },
    ]);
  });

  it("is read from a command's result, and a malformed result has no components", () => {
    expect(componentsIn({ configurations: [clock, null, { pid: 1 }] })).toEqual([clock]);
    for (const other of [undefined, null, 1, {}, { configurations: {} }]) expect(componentsIn(other)).toEqual([]);
    expect([titleOf(clock), titleOf({ pid: "a.b.C", properties: [] })]).toEqual(["Clock", "C"]);
  });
});
