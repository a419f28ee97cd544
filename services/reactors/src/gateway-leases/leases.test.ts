import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventOf } from "../testing/events.ts";
import { type Fleet, startFleet, TTL } from "../testing/fleet.ts";

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.stop());

const start = (gateway: string, incarnation: string) =>
  fleet.outside.log.append(eventOf("GatewayStarted", { gateway, incarnation }, { id: `${incarnation}/started` }));

async function renewFor(ms: number, gateway: string, incarnation: string): Promise<void> {
  for (let passed = 0; passed < ms; passed += TTL / 3) {
    await fleet.renewLease(gateway, incarnation);
    await fleet.clock.advance(TTL / 3);
  }
}

describe("the reaction gateway-leases, in a running process", () => {
  it("keeps a gateway while it renews its lease, and declares it lost with one event when the lease has expired", async () => {
    await start("g1", "i1");
    fleet.react("r1");
    await renewFor(10 * TTL, "g1", "i1");
    expect(await fleet.events("GatewayLost")).toEqual([]);

    await fleet.clock.advance(3 * TTL);
    expect(await fleet.events("GatewayLost")).toMatchObject([
      {
        id: "i1/lost",
        source: "/reactors/gateway-leases",
        causationid: "i1/started",
        subject: "fleet.gateway.g1",
        data: { gateway: "g1", incarnation: "i1", leaseTtlMs: TTL },
      },
    ]);
    await fleet.clock.advance(10 * TTL);
    expect(await fleet.events("GatewayLost")).toHaveLength(1);
  });

  it("keeps a gateway that has started again under its name", async () => {
    await start("g1", "i1");
    fleet.react("r1");
    await renewFor(2 * TTL, "g1", "i1");
    await fleet.clock.advance(TTL);
    await start("g1", "i2");
    await renewFor(5 * TTL, "g1", "i2");
    expect(await fleet.events("GatewayLost")).toEqual([]);
  });

  it("declares no gateway lost while the log is away, nor for one lease TTL after it is back", async () => {
    await start("g1", "i1");
    fleet.react("r1");
    await renewFor(2 * TTL, "g1", "i1");
    fleet.outside.away();
    await fleet.clock.advance(5 * TTL);
    fleet.outside.back();
    await fleet.clock.advance(TTL - 1_000);
    await renewFor(3 * TTL, "g1", "i1");
    expect(await fleet.events("GatewayLost")).toEqual([]);
  });

  it("declares no gateway lost for one lease TTL after this process becomes active", async () => {
    await start("g1", "i1");
    await fleet.clock.advance(10 * TTL);
    fleet.react("r1");
    await fleet.clock.advance(TTL - 1_000);
    expect(await fleet.events("GatewayLost")).toEqual([]);
    await fleet.clock.advance(TTL);
    expect(await fleet.events("GatewayLost")).toHaveLength(1);
  });
});
