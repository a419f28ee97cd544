import type { ViewRow } from "@fleetlog/projections/folding";
import { expect, it } from "vitest";
import { changesOf } from "./fields.ts";

const rowWith = (profile: object, more: object = {}): ViewRow =>
  ({ seq: 1, device: { id: "d1", tags: [], profile, ...more }, registeredAt: "", registeredBy: "ada" }) as ViewRow;
const changes = (before: ViewRow | undefined, after: ViewRow) =>
  changesOf("registry", before, after).map((one) => [one.change, one.before, one.after]);

it("each value of a profile is a field, named by its pointer", () => {
  const before = rowWith({ firmware: "1", net: { ip: "a", mac: "m" }, gone: [1] });
  const after = rowWith({ firmware: "2", net: { ip: "b", mac: "m" }, new: {} });
  expect(changes(before, after)).toEqual([
    ["profile/firmware", '"1"', '"2"'],
    ["profile/net/ip", '"a"', '"b"'],
    ["profile/gone", "[1]", "null"],
    ["profile/new", "null", "{}"],
  ]);
  expect(changes(before, before)).toEqual([]);
});

it("names in pointers are escaped", () => {
  expect(changes(rowWith({}), rowWith({ "a/b~c": 1 }))).toEqual([["profile/a~1b~0c", "null", "1"]]);
});

it("a long value is stored as its hash, and an object with more than 64 values is one field", () => {
  const long = "x".repeat(2_000);
  const [change] = changes(rowWith({}), rowWith({ long }));
  const { tooLong } = JSON.parse(change?.[2] ?? "");
  expect(tooLong).toEqual({ characters: 2_002, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i]));
  expect(changes(undefined, rowWith(many)).map(([name]) => name)).toEqual(["registration", "account", "profile"]);
});

it("a row that is not about a device has no fields", () => {
  expect(changesOf("gateways", undefined, { seq: 1 })).toEqual([]);
});
