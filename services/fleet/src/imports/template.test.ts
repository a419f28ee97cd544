import { expect, it } from "vitest";
import { filled, pathIn } from "./template.ts";

it("a template reads paths of objects and lists, and refuses other columns", () => {
  expect(pathIn("device.tags")).toEqual(["device", "tags"]);
  expect(pathIn("tags")).toEqual(["device", "tags"]);
  expect(pathIn("bundles[0].artifact.version")).toEqual(["bundles", 0, "artifact", "version"]);
  for (const column of ["", "a..b", "a.", "[0]", "a[x]", "a b", "a.__proto__.x"])
    expect(pathIn(column)).toBeUndefined();
});

it("a template converts cells to the schema's types, and keeps the template's values for empty cells", () => {
  const template = {
    maxRetries: 5,
    device: { tags: ["hall-1"], type: "meter" },
    configuration: { interval: 30, code: "x" },
    bundles: [{ name: "app", version: "1", artifact: { name: "app", version: "1" } }],
  };
  const values = {
    clientId: "0012",
    maxRetries: "",
    overwrite: "TRUE",
    "device.tags": "a, b;c",
    name: "7",
    "configuration.interval": "60",
    "configuration.code": "60",
    "configuration.serial": "0012",
    "bundles[0].version": "2",
  };
  expect(filled(template, values)).toEqual({
    clientId: "0012",
    maxRetries: 5,
    overwrite: true,
    device: { tags: ["a", "b", "c"], type: "meter", name: "7" },
    configuration: { interval: 60, code: "60", serial: "0012" },
    bundles: [{ name: "app", version: "2", artifact: { name: "app", version: "1" } }],
  });
  expect(template.device.tags).toEqual(["hall-1"]);
});

it("a template keeps a text that can't be converted, for the later check", () => {
  expect(filled({}, { maxRetries: "many", overwrite: "yes" })).toEqual({ maxRetries: "many", overwrite: "yes" });
  expect(() => filled({ device: "d" }, { "device.name": "n" })).toThrow(/no object/);
});

it("a template keeps JSON values as they are", () => {
  expect(filled({}, { maxRetries: 2, device: { id: "a" }, "device.tags": ["x"] })).toEqual({
    maxRetries: 2,
    device: { id: "a", tags: ["x"] },
  });
});

it.each([
  ["840380235174088834", /^configuration\.serial is 840380235174088834, which would be stored as another number/],
  ["1e400", /^configuration\.serial is 1e400/],
  ['{"limits":[1,9007199254740993]}', /^limits\[1\] is 9007199254740993/],
])("a template refuses the cell %s, whose number would change, and names the column", (cell, message) => {
  const values = { "configuration.serial": cell };
  const refusal = { code: "invalid-request", field: "configuration.serial", message: expect.stringMatching(message) };
  expect(() => filled({}, values)).toThrow(expect.objectContaining(refusal));
  // In quotes of JSON, or where the template has a text, the value is kept.
  expect(filled({}, { "configuration.serial": JSON.stringify(cell) })).toEqual({ configuration: { serial: cell } });
  const template = { configuration: { serial: "" } };
  expect(filled(template, values)).toEqual({ configuration: { serial: cell } });
});
