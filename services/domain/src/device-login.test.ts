import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import { type DeviceCommand, type DeviceEvent, deviceDecider } from "./device.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";

const names = { clientId: "gw", userName: "line-1" };
const tpedm: DeviceEvent = {
  type: "DeviceRegistered",
  data: { device: "gw", tags: [], dialect: "tpedm", login: names, by: "op" },
};
const edgebind: DeviceEvent = {
  type: "DeviceRegistered",
  data: { device: "edge", tags: [], dialect: "edgebind", login: { address: "192.0.2.7" }, by: "op" },
};
const native: DeviceEvent = { type: "DeviceRegistered", data: { device: "n", tags: [], by: "op" } };
const shared: DeviceEvent = { type: "DeviceAddressShared", data: { device: "edge", address: "192.0.2.7" } };
const mismatch = expect.objectContaining({ code: "dialect-mismatch", field: "id" });

const decide = (past: readonly DeviceEvent[], command: DeviceCommand) =>
  deviceDecider.decide(command, fold(deviceDecider, history(...past)));

describe("the log-in of a device of a dialect", () => {
  it("is registered with the device, and is new after a retirement", () => {
    expect(fold(deviceDecider, history(tpedm))).toMatchObject({ dialect: "tpedm", login: names });
    const retired: DeviceEvent = { type: "DeviceRetired", data: { device: "gw", by: "op" } };
    const again: DeviceEvent = { type: "DeviceRegistered", data: { device: "gw", tags: [], by: "op" } };
    const state = fold(deviceDecider, history(tpedm, retired, again));
    expect("dialect" in state || "login" in state).toBe(false);
  });

  it("is changed with one event, and with none if nothing changes", () => {
    const change = { type: "ChangeLogin", login: names, newPassword: false, by: "op" } as const;
    expect(decide([tpedm], change)).toEqual([]);
    const newPassword = decide([tpedm], { ...change, newPassword: true });
    expect(newPassword).toEqual([
      { type: "DeviceLoginChanged", data: { device: "gw", login: names, newPassword: true, by: "op" } },
    ]);
    const login = { ...names, userName: "line-2" };
    const changed = decide([tpedm], { ...change, login });
    expect(fold(deviceDecider, history(tpedm, ...changed))).toMatchObject({ login });
    expect(decide([tpedm, ...changed], { ...change, login })).toEqual([]);
  });

  it("is removed once", () => {
    const remove = { type: "RemoveLogin", by: "op" } as const;
    const removed = decide([tpedm], remove);
    expect(removed).toEqual([{ type: "DeviceLoginRemoved", data: { device: "gw", by: "op" } }]);
    expect(decide([tpedm, ...removed], remove)).toEqual([]);
  });

  it("is recorded once as having a shared address, until it is changed", () => {
    const share = { type: "ShareAddress", address: "192.0.2.7" } as const;
    expect(decide([edgebind], share)).toEqual([shared]);
    expect(decide([edgebind, shared], share)).toEqual([]);
    expect(decide([edgebind], { ...share, address: "192.0.2.8" })).toEqual([]);
    const change = { type: "ChangeLogin", login: { address: "192.0.2.7" }, newPassword: false, by: "op" } as const;
    const changed = decide([edgebind, shared], change);
    expect(changed).toHaveLength(1);
    expect("sharedAddress" in fold(deviceDecider, history(edgebind, shared, ...changed))).toBe(false);
  });

  it("lets a waiting client in only as a device of the client's dialect", () => {
    const admit = {
      type: "AdmitDevice",
      dialect: "edgebind",
      address: "192.0.2.7",
      waiting: "w1",
      by: "op",
    } as const;
    expect(decide([edgebind], admit)).toEqual([
      { type: "DeviceAdmitted", data: { device: "edge", address: "192.0.2.7", waiting: "w1", by: "op" } },
    ]);
    expect(() => decide([tpedm], admit)).toThrow(mismatch);
    expect(() => decide([native], admit)).toThrow(mismatch);
  });

  it("can't be changed or removed for a native device; a device of a dialect gets no token", () => {
    expect(() => decide([native], { type: "RemoveLogin", by: "op" })).toThrow(mismatch);
    expect(() => decide([native], { type: "ChangeLogin", login: names, newPassword: true, by: "op" })).toThrow(
      mismatch,
    );
    expect(() => decide([tpedm], { type: "RotateToken", by: "op" })).toThrow(mismatch);
  });

  it("has events that tolerate redelivery", () => {
    const admitted: DeviceEvent = {
      type: "DeviceAdmitted",
      data: { device: "edge", address: "192.0.2.7", waiting: "w1", by: "op" },
    };
    const changed: DeviceEvent = {
      type: "DeviceLoginChanged",
      data: { device: "edge", login: { address: "192.0.2.8" }, by: "op" },
    };
    const removed: DeviceEvent = { type: "DeviceLoginRemoved", data: { device: "edge", by: "op" } };
    expect(faultsOfRedelivery(deviceDecider, history(edgebind, shared, admitted, changed, removed))).toEqual([]);
  });
});
