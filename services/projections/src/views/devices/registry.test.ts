import { beforeEach, describe, expect, it } from "vitest";
import { foldRow } from "../../fixtures/folding.ts";
import { History } from "../../fixtures/history.ts";
import { SEPARATOR } from "../../select/sets.ts";
import { type RegistryRow, registry } from "./registry.ts";

let history: History;
beforeEach(() => {
  history = new History();
});

function row(): RegistryRow | undefined {
  return foldRow(registry, history.events);
}

function column(name: string): unknown {
  const made = row();
  return made && registry.columns.find((one) => one.name === name)?.of(made);
}

describe("registry", () => {
  it("is touched by a device's registry events, not by its reports, sessions or commands", () => {
    const ofIt = [history.register("a"), history.profile("a", {}), history.retire("a")];
    for (const event of ofIt) expect(registry.touches(event), event.type).toEqual({ key: "a" });
    const others = [history.report("a", 1), history.open("a"), history.issue("a", "c"), history.gateway("GatewayLost")];
    for (const event of others) expect(registry.touches(event), event.type).toBeUndefined();
  });

  it("keeps registration and profile", () => {
    const registered = history.register("a", { name: "Pump", tags: ["x", "y"] });
    const reported = history.profile("a", { model: "XT", serial: 7, firmware: "1.0", extra: true });
    expect(row()).toMatchObject({
      seq: reported.seq,
      device: { id: "a", name: "Pump", tags: ["x", "y"], profile: { extra: true } },
      registeredAt: registered.time,
      registeredBy: "ada",
      profileReportedAt: reported.time,
    });
    expect(column("search")).toBe(["a", "pump", "xt", "7", "1.0", "x", "y"].join(SEPARATOR));
    expect(column("tags")).toEqual(["x", "y"]);
  });

  it("follows changes of name and tags", () => {
    history.register("a", { name: "Pump", tags: ["x"] });
    history.add("a", { type: "DeviceRenamed", data: { device: "a", name: "Fan", by: "bo" } });
    history.add("a", { type: "DeviceTagged", data: { device: "a", tags: ["z"], by: "bo" } });
    expect(row()).toMatchObject({ seq: 3, device: { name: "Fan", tags: ["z"] } });
  });

  it("omits profile values other than texts and numbers from the list columns", () => {
    history.register("a");
    history.profile("a", { model: { name: "XT" }, serial: null, firmware: "x".repeat(9_000) });
    expect([column("model"), column("serial")]).toEqual([null, null]);
    expect(column("firmware")).toBe("x".repeat(256));
  });

  it("keeps a retired device unchanged", () => {
    history.register("a", { name: "Pump" });
    const retired = history.retire("a");
    history.profile("a", { model: "late" });
    history.retire("a");
    expect(row()).toMatchObject({ seq: retired.seq, device: { name: "Pump" }, retiredAt: retired.time });
    expect(row()?.device.profile).toBeUndefined();
    expect(column("retired")).toBe(1);
  });

  it("starts a new row when a retired device is registered again", () => {
    history.register("a", { name: "Pump", tags: ["x"] });
    history.profile("a", { model: "XT" });
    history.retire("a");
    const again = history.register("a");
    expect(row()).toEqual({
      seq: again.seq,
      device: { status: "registered", id: "a", name: undefined, tags: [], profile: undefined },
      registeredAt: again.time,
      registeredBy: "ada",
      registeredSeq: again.seq,
    });
  });

  it("ignores a repeated registration or profile", () => {
    history.register("a", { name: "Pump" });
    const reported = history.profile("a", { model: "XT" }, "p1");
    history.register("a");
    history.profile("a", { model: "XT" }, "p1");
    expect(row()).toMatchObject({ seq: reported.seq, device: { name: "Pump" }, profileReportedAt: reported.time });
  });

  it("is not changed by redelivered or older events", () => {
    history.register("a");
    history.profile("a", { model: "XT" });
    history.retire("a");
    history.register("a");
    history.profile("a", { model: "YU" });
    const before = row();
    expect(foldRow(registry, history.events, before)).toBe(before);
  });

  it("has no row for a device that was never registered", () => {
    history.profile("a", { model: "XT" });
    history.retire("a");
    expect(row()).toBeUndefined();
  });
});
