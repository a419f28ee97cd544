import { expect, it } from "vitest";

it("refuses a regular expression that should be a pattern of `expect`", () => {
  expect(() => expect({ text: "a" }).toMatchObject({ text: /a/ })).toThrow(/to match object/);
  expect({ text: "a" }).toMatchObject({ text: expect.stringMatching(/a/) });
  expect({ pattern: /a/ }).toMatchObject({ pattern: /a/ });
});
