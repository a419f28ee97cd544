import type { Bucket } from "@fleetlog/log";
import { slowReads } from "@fleetlog/log/contract";
import { LEASES } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Context } from "../reaction.ts";
import { type Fleet, startFleet, TTL } from "../testing/fleet.ts";
import { compete } from "./leadership.ts";
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

  it("is not released if another process has acquired it while this process releases it", async () => {
    const { outside, clock } = fleet;
    const leases = await outside.buckets.open(LEASES.bucket, { ttlMs: TTL, maxBytes: LEASES.maxBytes });
    const slow = slowReads({ open: async () => leases });
    const bucket = await slow.buckets.open("leases", { maxBytes: 1 });
    const logger = { info() {}, warn() {}, error() {} };
    const stopping = new AbortController();
    const lead = () => Promise.resolve();
    const options = { bucket: async () => bucket, bus: outside.bus, key: "lease", holder: "r1", ttlMs: TTL, clock };
    const competing = compete({ ...options, logger, lead }, stopping.signal);
    await clock.settle();
    slow.beforeNextAnswer(() => leases.put("lease", { holder: "r2" }));
    stopping.abort();
    await competing;
    expect(await leases.get("lease")).toMatchObject({ value: { holder: "r2" } });
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

  it("is held by one process at a time also while the bucket still has a shorter time to live", async () => {
    const { outside, clock } = fleet;
    const leases = await outside.buckets.open(LEASES.bucket, { ttlMs: TTL, maxBytes: LEASES.maxBytes });
    const bucket = async () => Object.assign(leases, { ttlMs: TTL });
    const logger = { info() {}, warn() {}, error() {} };
    const stopping = new AbortController();
    const competing = (holder: string) => {
      const lead = (signal: AbortSignal) =>
        recordingReaction(holder).run({ clock, signal } as Partial<Context> as Context);
      const options = { bucket, bus: outside.bus, key: "lease", holder, ttlMs: 6 * TTL, clock, logger, lead };
      return compete(options, stopping.signal);
    };
    const first = competing("r1");
    await advanceAlone(1.5 * TTL);
    const second = competing("r2");
    await advanceAlone(15 * TTL);
    expect(acting).toEqual(["r1"]);
    stopping.abort();
    await Promise.all([first, second]);
  });

  describe("during an attempt for a lease that another process holds", () => {
    let attempts: number;
    let attempt: PromiseWithResolvers<undefined>;
    let stopping: AbortController;
    let competing: Promise<void>;
    beforeEach(async () => {
      attempts = 0;
      attempt = Promise.withResolvers();
      stopping = new AbortController();
      const create = () => (++attempts === 1 ? attempt.promise : Promise.resolve(undefined));
      const bucket = async () => ({ create }) as unknown as Bucket;
      const { bus } = fleet.outside;
      const logger = { info() {}, warn() {}, error() {} };
      const lead = () => Promise.reject(new Error("the lease is held by another process"));
      const options = { bucket, bus, key: "lease", holder: "r1", ttlMs: TTL, clock: fleet.clock, logger, lead };
      competing = compete(options, stopping.signal);
      await fleet.clock.settle();
    });

    it("another attempt follows at once if the lease is released", async () => {
      fleet.outside.bus.publish("released.lease", {});
      await fleet.clock.settle();
      attempt.resolve(undefined);
      await fleet.clock.settle();
      expect(attempts).toBe(2);
      stopping.abort();
      await competing;
    });

    it("no other attempt follows if the process stops", async () => {
      stopping.abort();
      attempt.resolve(undefined);
      await fleet.clock.settle();
      const ended = await Promise.race([competing.then(() => true), fleet.clock.settle().then(() => false)]);
      expect(ended).toBe(true);
      expect(attempts).toBe(1);
    });
  });
});
