import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { type GatewayCommand, type GatewayEvent, gatewayDecider } from "./gateway.ts";

const started = (incarnation: string): GatewayEvent => ({
  type: "GatewayStarted",
  data: { gateway: "g", incarnation },
});
const stopped = (incarnation: string): GatewayEvent => ({
  type: "GatewayStopped",
  data: { gateway: "g", incarnation },
});
const lost = (incarnation: string): GatewayEvent => ({
  type: "GatewayLost",
  data: { gateway: "g", incarnation, leaseTtlMs: 10 },
});
const start = (incarnation: string): GatewayCommand => ({ type: "StartGateway", gateway: "g", incarnation });
const stop = (incarnation: string): GatewayCommand => ({ type: "StopGateway", gateway: "g", incarnation });
const declareLost = (incarnation: string): GatewayCommand => ({
  type: "DeclareGatewayLost",
  gateway: "g",
  incarnation,
  leaseTtlMs: 10,
});
const decide = (command: GatewayCommand, ...past: GatewayEvent[]): readonly GatewayEvent[] =>
  gatewayDecider.decide(command, fold(gatewayDecider, history(...past)));

describe("deciding about a gateway", () => {
  it("records one start of each incarnation", () => {
    expect(decide(start("i1"))).toEqual([started("i1")]);
    expect(decide(start("i1"), started("i1"))).toEqual([]);
    expect(decide(start("i2"), started("i1"))).toEqual([started("i2")]);
    expect(decide(start("i2"), started("i1"), lost("i1"))).toEqual([started("i2")]);
  });

  it("stops only the running incarnation, and only once", () => {
    expect(decide(stop("i1"), started("i1"))).toEqual([stopped("i1")]);
    expect(decide(stop("i1"), started("i1"), stopped("i1"))).toEqual([]);
    expect(decide(stop("i1"), started("i1"), started("i2"))).toEqual([]);
    expect(decide(stop("i1"))).toEqual([]);
  });

  it("declares only the running incarnation lost, and only once", () => {
    expect(decide(declareLost("i1"), started("i1"))).toEqual([lost("i1")]);
    expect(decide(declareLost("i1"), started("i1"), lost("i1"))).toEqual([]);
    expect(decide(declareLost("i1"), started("i1"), stopped("i1"))).toEqual([]);
    expect(decide(declareLost("i1"), started("i1"), started("i2"))).toEqual([]);
    expect(decide(declareLost("i1"))).toEqual([]);
  });
});

describe("folding a gateway", () => {
  it("returns the gateway's current state", () => {
    expect(fold(gatewayDecider, history(started("i1")))).toEqual({ status: "running", incarnation: "i1", seq: 1 });
    expect(fold(gatewayDecider, history(started("i1"), stopped("i1")))).toMatchObject({
      status: "stopped",
      incarnation: "i1",
    });
    expect(fold(gatewayDecider, history(started("i1"), lost("i1")))).toMatchObject({
      status: "lost",
      incarnation: "i1",
    });
    expect(fold(gatewayDecider, history(started("i1"), started("i2"), lost("i1")))).toMatchObject({
      status: "running",
    });
  });

  it("ignores redelivered events", () => {
    expect(
      faultsOfRedelivery(
        gatewayDecider,
        history(started("i1"), stopped("i1"), started("i2"), lost("i2"), started("i3")),
      ),
    ).toEqual([]);
    expect(
      faultsOfRedelivery(gatewayDecider, history(started("i1"), started("i2"), stopped("i1"), stopped("i2"))),
    ).toEqual([]);
  });

  it("ignores events of other aggregates", () => {
    const state = fold(gatewayDecider, history(started("i1")));
    const [, other] = history(started("i1"), { type: "DeviceRetired", data: { device: "g", by: "op" } });
    expect(other && gatewayDecider.evolve(state, other)).toBe(state);
  });
});
