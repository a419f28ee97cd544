import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import { type DeviceCommand, type DeviceEvent, deviceDecider, statusAfter } from "./device.ts";
import { history, record, TIME } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { sameJson } from "./json.ts";

const registered: DeviceEvent = { type: "DeviceRegistered", data: { device: "a", name: "A", tags: ["x"], by: "op" } };
const retired: DeviceEvent = { type: "DeviceRetired", data: { device: "a", by: "op" } };
const register: DeviceCommand = { type: "RegisterDevice", device: "a", name: "A", tags: ["x"], by: "op" };

function twice(past: readonly DeviceEvent[], command: DeviceCommand): [readonly DeviceEvent[], readonly DeviceEvent[]] {
  const first = deviceDecider.decide(command, fold(deviceDecider, history(...past)));
  return [first, deviceDecider.decide(command, fold(deviceDecider, history(...past, ...first)))];
}

describe("deciding about a device", () => {
  it("registers an unknown device", () => {
    expect(deviceDecider.decide(register, deviceDecider.initial)).toEqual([registered]);
    const { name: _, ...nameless } = register as Extract<DeviceCommand, { type: "RegisterDevice" }>;
    expect(deviceDecider.decide(nameless, deviceDecider.initial)).toEqual([
      { type: "DeviceRegistered", data: { device: "a", tags: ["x"], by: "op" } },
    ]);
  });

  it("refuses to register a registered device", () => {
    const state = fold(deviceDecider, history(registered));
    expect(() => deviceDecider.decide(register, state)).toThrow(
      expect.objectContaining({ code: "device-exists", field: "id" }),
    );
  });

  it("reserves the log-in of an unknown or retired device for a provision request, and refuses that of a registered one", () => {
    const reservation = { device: "a", request: "r", by: "provision-requests/r" };
    const reserve: DeviceCommand = { type: "ReserveLogin", ...reservation };
    const reservedAfter = (after: "unknown" | "retired"): DeviceEvent => ({
      type: "DeviceLoginReserved",
      data: { ...reservation, after },
    });
    const reserved = reservedAfter("unknown");
    const again = reservedAfter("retired");
    for (const past of [[], [reserved], [registered, retired], [registered, retired, again]]) {
      const state = fold(deviceDecider, history(...past));
      const decided = deviceDecider.decide(reserve, state);
      expect(decided).toEqual([past.length > 1 ? again : reserved]);
      expect(statusAfter(decided[0])).toBe(state.status);
      expect(fold(deviceDecider, history(...past, reserved))).toEqual(state);
    }
    expect(deviceDecider.decide(register, fold(deviceDecider, history(reserved)))).toEqual([registered]);
    expect(statusAfter({ type: "DeviceLoginReserved", data: reservation })).toBe("unknown");
    const refused = expect.objectContaining({ code: "provision-request-exists", field: "clientId" });
    expect(() => deviceDecider.decide(reserve, fold(deviceDecider, history(registered)))).toThrow(refused);
  });

  it("registers a retired device again, without its former profile", () => {
    const past = [
      registered,
      { type: "DeviceProfileReported", data: { device: "a", profile: { m: 1 } } },
      retired,
    ] as const;
    expect(deviceDecider.decide(register, fold(deviceDecider, history(...past)))).toEqual([registered]);
    const again = fold(deviceDecider, history(...past, registered));
    expect(again).toMatchObject({ status: "registered", name: "A", profile: undefined });
  });

  it("changes or removes a name, and records nothing when repeated", () => {
    const [first, second] = twice([registered], { type: "RenameDevice", name: "B", by: "op" });
    expect(first).toEqual([{ type: "DeviceRenamed", data: { device: "a", name: "B", by: "op" } }]);
    expect(second).toEqual([]);
    expect(twice([registered], { type: "RenameDevice", name: "A", by: "op" })[0]).toEqual([]);
    const [removed, again] = twice([registered], { type: "RemoveName", by: "op" });
    expect(removed).toEqual([{ type: "DeviceNameRemoved", data: { device: "a", by: "op" } }]);
    expect(again).toEqual([]);
  });

  it("sets or removes the type, and records nothing when repeated", () => {
    const [first, second] = twice([registered], { type: "TypeDevice", deviceType: "pump", by: "op" });
    expect(first).toEqual([{ type: "DeviceTyped", data: { device: "a", deviceType: "pump", by: "op" } }]);
    expect(second).toEqual([]);
    const [removed, again] = twice([registered, ...first], { type: "TypeDevice", by: "op" });
    expect(removed).toEqual([{ type: "DeviceTyped", data: { device: "a", by: "op" } }]);
    expect(again).toEqual([]);
    const state = fold(
      deviceDecider,
      history(...deviceDecider.decide({ ...register, deviceType: "pump" }, deviceDecider.initial)),
    );
    expect(state).toMatchObject({ type: "pump" });
  });

  it("replaces the tags, and records nothing if only their order differs", () => {
    const [first, second] = twice([registered], { type: "TagDevice", tags: ["z", "y"], by: "op" });
    expect(first).toEqual([{ type: "DeviceTagged", data: { device: "a", tags: ["z", "y"], by: "op" } }]);
    expect(second).toEqual([]);
    expect(twice([registered, ...first], { type: "TagDevice", tags: ["y", "z"], by: "op" })[0]).toEqual([]);
  });

  it("records a profile, and nothing if only the order of its fields differs", () => {
    const profile = { model: "m", nested: { a: [1, { b: null }], c: "ü" } };
    const [first, second] = twice([registered], { type: "ReportProfile", profile });
    expect(first).toEqual([{ type: "DeviceProfileReported", data: { device: "a", profile } }]);
    expect(second).toEqual([]);
    const turned = { nested: { c: "ü", a: [1, { b: null }] }, model: "m" };
    expect(twice([registered, ...first], { type: "ReportProfile", profile: turned })[0]).toEqual([]);
  });

  it("records each rotation of the token, even when repeated", () => {
    const rotated = [{ type: "DeviceTokenRotated", data: { device: "a", by: "op" } }];
    expect(twice([registered], { type: "RotateToken", by: "op" })).toEqual([rotated, rotated]);
    const previousUntil = "2026-01-01T00:10:00.000Z";
    const overlapping = rotated.map(({ type, data }) => ({ type, data: { ...data, previousUntil } }));
    expect(twice([registered], { type: "RotateToken", by: "op", previousUntil })).toEqual([overlapping, overlapping]);
  });

  it("retires a device, and records nothing when repeated", () => {
    const [first, second] = twice([registered], { type: "RetireDevice", by: "op", reason: "broken" });
    expect(first).toEqual([{ type: "DeviceRetired", data: { device: "a", by: "op", reason: "broken" } }]);
    expect(second).toEqual([]);
    expect(twice([registered], { type: "RetireDevice", by: "op" })[0]).toEqual([retired]);
  });

  const others: DeviceCommand[] = [
    { type: "RenameDevice", name: "B", by: "op" },
    { type: "RemoveName", by: "op" },
    { type: "TagDevice", tags: [], by: "op" },
    { type: "ReportProfile", profile: {} },
    { type: "RotateToken", by: "op" },
  ];
  for (const command of others) {
    it(`refuses ${command.type} for an unknown device and for a retired device`, () => {
      expect(() => deviceDecider.decide(command, deviceDecider.initial)).toThrow(
        expect.objectContaining({ code: "device-unknown" }),
      );
      const state = fold(deviceDecider, history(registered, retired));
      expect(() => deviceDecider.decide(command, state)).toThrow(expect.objectContaining({ code: "device-retired" }));
    });
  }

  it("refuses to retire an unknown device", () => {
    const retire: DeviceCommand = { type: "RetireDevice", by: "op" };
    expect(() => deviceDecider.decide(retire, deviceDecider.initial)).toThrow(
      expect.objectContaining({ code: "device-unknown" }),
    );
  });
});

describe("folding a device", () => {
  const life: DeviceEvent[] = [
    registered,
    { type: "DeviceRenamed", data: { device: "a", name: "B", by: "op" } },
    { type: "DeviceNameRemoved", data: { device: "a", by: "op" } },
    { type: "DeviceRenamed", data: { device: "a", name: "B", by: "op" } },
    { type: "DeviceTagged", data: { device: "a", tags: ["y"], by: "op" } },
    { type: "DeviceProfileReported", data: { device: "a", profile: { model: "m" } } },
    { type: "DeviceTokenRotated", data: { device: "a", by: "op" } },
  ];

  it("returns the device's current state", () => {
    expect(fold(deviceDecider, history(...life))).toEqual({
      status: "registered",
      id: "a",
      name: "B",
      tags: ["y"],
      profile: { model: "m" },
      seq: 6,
    });
  });

  it("ignores redelivered events, even of a device that was registered again", () => {
    expect(faultsOfRedelivery(deviceDecider, history(...life))).toEqual([]);
    expect(faultsOfRedelivery(deviceDecider, history(...life, retired))).toEqual([]);
    expect(
      faultsOfRedelivery(deviceDecider, history(...life, retired, registered, ...life.slice(1, 3), retired)),
    ).toEqual([]);
  });

  it("ignores events of other aggregates", () => {
    const state = fold(deviceDecider, history(...life));
    const [other] = history({ type: "SessionClosed", data: { device: "a", epoch: 1, reason: "lost" } });
    expect(deviceDecider.evolve(state, { ...(other as NonNullable<typeof other>), seq: 99 })).toBe(state);
  });
});

describe("sameJson", () => {
  const different = [
    null,
    0,
    1,
    "",
    "1",
    true,
    false,
    [],
    {},
    [null],
    [1, 2],
    [2, 1],
    { a: 1 },
    { a: 2 },
    { b: 1 },
    { 0: null },
  ];

  it("is true only for equal JSON values", () => {
    for (const [i, a] of different.entries()) {
      for (const [j, b] of different.entries()) expect(sameJson(a, structuredClone(b)), `${i} and ${j}`).toBe(i === j);
    }
  });

  it("ignores the order of fields, but not the order of elements", () => {
    expect(sameJson({ a: { b: 1, c: [1, 2] } }, { a: { c: [1, 2], b: 1 } })).toBe(true);
    expect(sameJson({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(sameJson({ a: undefined }, {})).toBe(false);
    expect(sameJson(JSON.parse('{"__proto__":1}'), {})).toBe(false);
  });
});

describe("moving a device", () => {
  const to = (account: string, history_: "along" | "stays" = "stays"): DeviceCommand => ({
    type: "MoveDevice",
    to: account,
    history: history_,
    by: "op",
  });
  const moved = (from: string, account: string, how: "along" | "stays"): DeviceEvent => ({
    type: "DeviceMoved",
    data: { device: "a", from, to: account, history: how, by: "op" },
  });

  it("records the move, and nothing when repeated", () => {
    expect(twice([registered], to("north"))).toEqual([[moved("main", "north", "stays")], []]);
    expect(twice([registered], to("main"))).toEqual([[], []]);
  });

  it("restarts the visible history if the history stays, and keeps its start if the history moves along", () => {
    const stays = fold(deviceDecider, history(registered, moved("main", "north", "stays")));
    expect(stays).toMatchObject({ account: "north", historyFrom: { seq: 2, time: TIME } });
    const along = history(registered, moved("main", "north", "stays"), moved("north", "south", "along"));
    expect(fold(deviceDecider, along)).toMatchObject({ account: "south", historyFrom: { seq: 2 } });
    const back = history(registered, moved("main", "north", "along"), moved("north", "main", "along"));
    expect(fold(deviceDecider, back)).not.toHaveProperty("account");
    expect(fold(deviceDecider, back)).not.toHaveProperty("historyFrom");
  });

  it("hides a retired device's history from another account that registers its id", () => {
    const past = fold(deviceDecider, [
      record(registered, 1, { account: "north" }),
      record(retired, 2, { account: "north" }),
    ]);
    const [event] = deviceDecider.decide(register, past);
    expect(event).toEqual({ type: "DeviceRegistered", data: { ...registered.data, from: "north" } });
    expect(deviceDecider.evolve(past, record(event as DeviceEvent, 3))).toMatchObject({ historyFrom: { seq: 3 } });
    const same = { ...register, account: "north" } as DeviceCommand;
    expect(deviceDecider.decide(same, past)).toEqual([registered]);
  });

  it("tolerates redelivery", () => {
    const all = [registered, moved("main", "north", "stays"), moved("north", "main", "along"), retired] as const;
    expect(faultsOfRedelivery(deviceDecider, history(...all))).toEqual([]);
  });
});
