import { expect, it } from "vitest";
import { fieldText, isCut, valueText } from "./change-texts.ts";

it.each([
  ["status", "Connection"],
  ["configuration.desired/network/a~1b~0c", "Desired configuration: network › a/b~c"],
  ["profile/firmware", "Profile: firmware"],
  ["profile/", "Profile: "],
  ["later", "later"],
])("the text names the field %s", (change, text) => {
  expect(fieldText(change)).toBe(text);
});

it.each([
  [null, "none"],
  ["connected", "connected"],
  ["", '""'],
  [22.5, "22.5"],
  [["a", "b"], '["a","b"]'],
  [{ tooLong: { characters: 2002, sha256: "00" } }, `a value of ${(2002).toLocaleString()} characters`],
  [{ tooLong: "a profile may have this name" }, '{"tooLong":"a profile may have this name"}'],
])("the text shows the value %j", (value, text) => {
  expect(valueText(value)).toBe(text);
  expect(isCut(value)).toBe(false);
});

it("the text cuts long values", () => {
  expect(valueText("x".repeat(200))).toBe(`${"x".repeat(120)}…`);
  expect(isCut({ text: "x".repeat(200) })).toBe(true);
});
