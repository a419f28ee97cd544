import { expect, it } from "vitest";
import { packagesIn } from "./catalogue.ts";

const firmware = { name: "firmware", category: "firmware", version: "1.5", models: ["Pümpe-*"] };
const text = (value: unknown) => JSON.stringify(value);

it("packages are read from a list, a catalogue and a signed catalogue, without fields that do not affect the trial", () => {
  const catalogue = { format: "fleetlog-catalogue", packages: [{ ...firmware, title: "x", later: true }] };
  const payload = Buffer.from(text(catalogue)).toString("base64url");
  for (const given of [[firmware], catalogue, { protected: "x", payload, signature: "y" }]) {
    expect(packagesIn(text(given))).toEqual([firmware]);
  }
});

it.each([
  ["", "not JSON"],
  ["{", "not JSON"],
  ["{}", 'no "packages"'],
  ["7", 'no "packages"'],
  ["null", 'no "packages"'],
  ["[1]", "Package 1 is not an object"],
  [text([firmware, null]), "Package 2 is not an object"],
  [text({ payload: "%" }), "payload"],
  [text({ payload: Buffer.from("{").toString("base64url") }), "payload"],
])("packages are refused from %s", (given, reason) => {
  expect(() => packagesIn(given)).toThrow(reason);
});
