import { describe, expect, it } from "vitest";
import { recorded } from "../testing/events.ts";
import { type Gateways, initialGateways, react } from "./react.ts";

const TTL = 10_000;
const lost = [{ gateway: "g1", incarnation: "i1" }];

const started = (incarnation = "i1") => recorded(1, "GatewayStarted", { gateway: "g1", incarnation });
const seen = (at: number, ...leases: [string, string][]) =>
  ({ type: "LeasesRead", requestedAt: at, answeredAt: at, leases: new Map(leases) }) as const;

function running(): Gateways {
  const state = initialGateways(TTL);
  react(state, started());
  return state;
}

/** Returns the times at which a gateway was declared lost. */
function watch(state: Gateways, from: number, to: number, ...leases: [string, string][]): number[] {
  const losses: number[] = [];
  for (let at = from; at <= to; at += 2_000) if (react(state, seen(at, ...leases)).length > 0) losses.push(at);
  return losses;
}

describe("the reaction gateway-leases", () => {
  it("declares a gateway lost when its lease has been missing for a whole TTL", () => {
    const state = running();
    expect(watch(state, 0, 20_000, ["g1", "i1"])).toEqual([]);
    expect(watch(state, 22_000, 30_000)).toEqual([]);
    expect(react(state, seen(32_000))).toEqual(lost);
  });

  it("declares no gateway lost within one TTL of the first observation", () => {
    const state = running();
    expect(watch(state, 0, 8_000)).toEqual([]);
    expect(react(state, seen(10_000))).toEqual(lost);
  });

  it("counts a lease's absence from zero again when the lease reappears in between", () => {
    const state = running();
    watch(state, 0, 8_000);
    expect(react(state, seen(9_000, ["g1", "i1"]))).toEqual([]);
    expect(watch(state, 10_000, 18_000)).toEqual([]);
    expect(react(state, seen(20_000))).toEqual(lost);
  });

  it("counts a lease's absence from zero again after the log was away", () => {
    const state = running();
    watch(state, 0, 8_000);
    react(state, { type: "LeasesUnreadable" });
    expect(watch(state, 9_000, 17_000)).toEqual([]);
    expect(react(state, seen(19_000))).toEqual(lost);
  });

  it("counts a lease's absence from zero again after this process was paused", () => {
    const state = running();
    watch(state, 0, 8_000);
    expect(watch(state, 60_000, 68_000)).toEqual([]);
    expect(react(state, seen(70_000))).toEqual(lost);
  });

  it("measures a lease's absence from the first answer without the lease to the request of a later read", () => {
    const state = running();
    react(state, { ...seen(0), answeredAt: 3_000 });
    watch(state, 4_000, 10_000);
    expect(react(state, { ...seen(12_000), answeredAt: 13_500 })).toEqual([]);
    expect(react(state, seen(14_000))).toEqual(lost);
  });

  it("treats a lease of another incarnation as missing", () => {
    const state = running();
    expect(watch(state, 0, 10_000, ["g1", "i0"])).toEqual([10_000]);
  });

  it("keeps a gateway that has started again under its name", () => {
    const state = running();
    watch(state, 0, 8_000);
    react(state, started("i2"));
    expect(watch(state, 10_000, 30_000, ["g1", "i2"])).toEqual([]);
  });

  it("gives a gateway that has just started a whole TTL for its first lease", () => {
    const state = initialGateways(TTL);
    watch(state, 0, 20_000);
    react(state, started());
    expect(watch(state, 22_000, 30_000)).toEqual([]);
    expect(react(state, seen(32_000))).toEqual(lost);
  });

  it.each(["GatewayStopped", "GatewayLost"] as const)("watches no gateway after %s", (type) => {
    const state = running();
    react(state, recorded(2, type, { gateway: "g1", incarnation: "i1", leaseTtlMs: TTL }));
    expect(watch(state, 0, 60_000)).toEqual([]);
    expect(state.running.size).toBe(0);
  });

  it("ignores the end of an earlier incarnation", () => {
    const state = running();
    react(state, started("i2"));
    react(state, recorded(3, "GatewayLost", { gateway: "g1", incarnation: "i1", leaseTtlMs: TTL }));
    expect(watch(state, 0, 10_000)).toEqual([10_000]);
  });

  it("declares the gateway lost again after another TTL if no event was appended", () => {
    expect(watch(running(), 0, 30_000)).toEqual([10_000, 20_000, 30_000]);
  });

  it("checks each gateway on its own", () => {
    const state = running();
    react(state, recorded(2, "GatewayStarted", { gateway: "g2", incarnation: "j1" }));
    for (let at = 0; at < 10_000; at += 2_000) expect(react(state, seen(at, ["g2", "j1"]))).toEqual([]);
    expect(react(state, seen(10_000, ["g2", "j1"]))).toEqual(lost);
  });
});
