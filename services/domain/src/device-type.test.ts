import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import { type DeviceTypeEvent, deviceTypeDecider, matchesModel, typeOfDevice } from "./device-type.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { byPriority } from "./group.ts";

const define = { type: "Define", name: "pump", definition: { model: "P-*" }, by: "op" } as const;
const defined: DeviceTypeEvent = {
  type: "DeviceTypeDefined",
  data: { name: "pump", definition: { model: "P-*" }, by: "op" },
};
const deleted: DeviceTypeEvent = { type: "DeviceTypeDeleted", data: { name: "pump", by: "op" } };

describe("a device type", () => {
  it("records each definition, replacement and deletion once", () => {
    expect(deviceTypeDecider.decide(define, deviceTypeDecider.initial)).toEqual([defined]);
    const state = fold(deviceTypeDecider, history(defined));
    expect(deviceTypeDecider.decide(define, state)).toEqual([]);
    expect(deviceTypeDecider.decide({ ...define, definition: { board: "B" } }, state)).toHaveLength(1);
    const remove = { type: "Delete", name: "pump", by: "op" } as const;
    expect(deviceTypeDecider.decide(remove, state)).toEqual([deleted]);
    expect(deviceTypeDecider.decide(remove, fold(deviceTypeDecider, history(defined, deleted)))).toEqual([]);
    expect(deviceTypeDecider.decide(remove, deviceTypeDecider.initial)).toEqual([]);
    expect(deviceTypeDecider.decide(define, fold(deviceTypeDecider, history(defined, deleted)))).toEqual([defined]);
  });

  it("ignores redelivered events", () => {
    expect(faultsOfRedelivery(deviceTypeDecider, history(defined, deleted, defined))).toEqual([]);
  });

  it.each([
    ["P1", "P1", true],
    ["P1", "P10", false],
    ["P*", "P10", true],
    ["*", "", true],
    ["P*1", "P1", true],
    ["P1*1", "P1", false],
    ["a*b*c", "a-b-c", true],
    ["a*b*b", "ab", false],
    ["a*bb*b", "abbb", true],
  ])("with the pattern %s matches the model %s: %s", (pattern, model, expected) => {
    expect(matchesModel(pattern, model)).toBe(expected);
  });

  it("is chosen for a device by the device's own type, or else by the longest pattern that matches the model", () => {
    const patterns = new Map([
      ["any", "*"],
      ["p", "P*"],
      ["p1", "P1"],
      ["b", "Q*"],
      ["a", "Q*"],
      ["none", undefined],
    ]);
    expect(typeOfDevice({ type: "none", model: "P1" }, patterns)).toBe("none");
    expect(typeOfDevice({ type: "unknown", model: "P1" }, patterns)).toBeUndefined();
    expect(typeOfDevice({ model: "P1" }, patterns)).toBe("p1");
    expect(typeOfDevice({ model: "P2" }, patterns)).toBe("p");
    expect(typeOfDevice({ model: "Q2" }, patterns)).toBe("a");
    expect(typeOfDevice({ model: null }, patterns)).toBeUndefined();
  });
});

it("groups are merged by priority, then by name", () => {
  const groups = [{ name: "b" }, { name: "c", priority: -1 }, { name: "a" }, { name: "d", priority: 5 }];
  expect(groups.sort(byPriority).map(({ name }) => name)).toEqual(["c", "a", "b", "d"]);
});
