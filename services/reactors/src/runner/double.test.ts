import { Views } from "@fleetlog/fleet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { REACTIONS } from "../reactions.ts";
import { eventOf } from "../testing/events.ts";
import { DEVICE, type Fleet, startFleet, TTL } from "../testing/fleet.ts";
import { supervise } from "./supervise.ts";

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.stop());

describe("two processes that are both active", () => {
  it("append every event once", async () => {
    const { log, bus, buckets } = fleet.outside;
    const over = new AbortController();
    const problems = new Set<string>();
    const problem = (_: object, message: string) => void problems.add(message);
    const logger = { info() {}, warn: problem, error: problem };
    const views = new Views(bus);
    const context = {
      log,
      bus,
      buckets,
      views,
      clock: fleet.clock,
      logger,
      leaseTtlMs: TTL,
      provisionTimeoutMs: TTL,
      signal: over.signal,
    };
    const running = [1, 2].flatMap(() => REACTIONS.map((reaction) => supervise(reaction, context)));

    await log.append(eventOf("GatewayStarted", { gateway: "g1", incarnation: "i1" }));
    for (let i = 0; i < 50; i++) await fleet.issue(`e${i}`, 1_000 + i, `d${i % 7}`);
    for (let i = 0; i < 20; i++) await fleet.issue(`r${i}`, 90_000, "gone");
    await log.append(eventOf("DeviceRetired", { device: "gone", by: "admin" }, { at: fleet.clock.now() }));
    await fleet.clock.advance(3 * TTL);
    over.abort();
    await Promise.all(running);

    const ids = async (type: "CommandExpired" | "CommandCancelled" | "GatewayLost") =>
      (await fleet.events(type)).map(({ id }) => id).sort();
    const named = (count: number, name: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => name(i)).sort();
    expect(await ids("CommandExpired")).toEqual(named(50, (i) => `e${i}/expired`));
    expect(await ids("CommandCancelled")).toEqual(named(20, (i) => `r${i}/retired`));
    expect(await ids("GatewayLost")).toEqual(["i1/lost"]);
    expect([...problems]).toEqual(["a gateway was lost: its sessions have ended"]);
  });
});

describe("a stopped reaction", () => {
  it("appends nothing more, even when one of its commands is in progress", async () => {
    const active = fleet.react("r1");
    await fleet.clock.settle();
    await fleet.issue("c1", 1_000, DEVICE);
    await fleet.clock.advance(999);
    fleet.outside.away();
    await fleet.clock.advance(500);
    await active.stop();
    fleet.outside.back();
    await fleet.clock.advance(20_000);
    expect(await fleet.events("CommandExpired")).toEqual([]);
  });
});
