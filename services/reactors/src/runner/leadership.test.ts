import { LEASES } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Context } from "../reaction.ts";
import { type Fleet, startFleet, TTL } from "../testing/fleet.ts";
import type { RunnableReaction } from "./run-reaction.ts";

let fleet: Fleet;
let acting: string[];
beforeEach(async () => {
  fleet = await startFleet();
  acting = [];
});
afterEach(() => fleet.stop());

const recordingReaction = (name: string): RunnableReaction => ({
  name,
  async run({ clock, signal }: Context) {
    acting.push(name);
    while (!signal.aborted) await clock.sleep(1_000, signal);
    acting = acting.filter((other) => other !== name);
  },
});
const start = (name: string) => fleet.react(name, [recordingReaction(name)]);

/** Advances the clock in small steps, and fails if two processes are active at once. */
async function advanceAlone(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await fleet.clock.advance(100);
    expect(acting.length).toBeLessThanOrEqual(1);
  }
}

describe("leadership", () => {
  it("is held by one process at a time, which keeps it", async () => {
    const [first, second] = [start("r1"), start("r2")];
    await advanceAlone(5 * TTL);
    expect([first.active, second.active]).toEqual([true, false]);
    expect(acting).toEqual(["r1"]);
  });

  it("is handed over at once on a clean stop", async () => {
    const first = start("r1");
    await fleet.clock.settle();
    const second = start("r2");
    await fleet.clock.settle();

    await first.stop();
    await fleet.clock.settle();

    expect([first.active, second.active]).toEqual([false, true]);
    expect(acting).toEqual(["r2"]);
  });

  it("goes to another process when the lease of a dead process has lapsed", async () => {
    const bucket = await fleet.outside.buckets.open(LEASES.bucket, { ttlMs: TTL, maxBytes: LEASES.maxBytes });
    await bucket.create(LEASES.reactors, { holder: "dead" });
    const second = start("r2");
    await fleet.clock.advance(TTL - 1);
    expect(second.active).toBe(false);
    await fleet.clock.advance(TTL / 3 + 1);
    expect(second.active).toBe(true);
  });

  it("ends before the lease can expire when the log is away, and begins again when the log is back", async () => {
    const first = start("r1");
    await fleet.clock.advance(TTL);
    fleet.outside.away();
    await fleet.clock.advance((TTL * 2) / 3);
    expect(first.active).toBe(false);
    expect(acting).toEqual([]);

    fleet.outside.back();
    await fleet.clock.advance(2 * TTL);
    expect(first.active).toBe(true);
    expect(acting).toEqual(["r1"]);
  });

  it("ends as soon as another process holds the lease", async () => {
    const first = start("r1");
    await fleet.clock.settle();
    const bucket = await fleet.outside.buckets.open(LEASES.bucket, { ttlMs: TTL, maxBytes: LEASES.maxBytes });
    await bucket.put(LEASES.reactors, { holder: "another process" });
    await fleet.clock.advance(TTL / 3);
    expect(first.active).toBe(false);
    expect(acting).toEqual([]);

    await first.stop();
    expect(await bucket.get(LEASES.reactors)).toMatchObject({ value: { holder: "another process" } });
  });

  it("stays with a process whose renewal succeeded although the answer was lost", async () => {
    const first = start("r1");
    await fleet.clock.settle();
    const bucket = await fleet.outside.buckets.open(LEASES.bucket, { ttlMs: TTL, maxBytes: LEASES.maxBytes });
    const { value } = (await bucket.get(LEASES.reactors)) ?? {};
    await bucket.put(LEASES.reactors, value);
    await advanceAlone(3 * TTL);
    expect(first.active).toBe(true);
    expect(acting).toEqual(["r1"]);
  });

  it("can be given up while the log is away, without waiting for the log", async () => {
    const first = start("r1");
    await fleet.clock.settle();
    fleet.outside.away();
    await first.stop();
    expect(acting).toEqual([]);
  });
});
