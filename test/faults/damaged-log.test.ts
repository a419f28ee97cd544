import { randomBytes } from "node:crypto";
import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { damageFleet } from "../support/damage.ts";
import { eventually } from "../support/eventually.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";

const MIB = 1024 * 1024;
const streams = declareStreams({
  FLEET: { maxBytes: 256 * MIB, replicas: 1 },
  TELEMETRY: { maxBytes: 64 * MIB, replicas: 1 },
});

function happened(value: number, text = ""): FleetEvent {
  const body = { type: "DeviceEventReported", data: { name: "counted", data: { value, text } } } as const;
  const frame = { id: `d:1:${value}`, source: "/devices/d", time: new Date().toISOString() };
  return toEvent(body, { ...frame, entity: "d" });
}

describe("a log whose store was damaged", () => {
  let nats: TestNats;
  const open: Backbone[] = [];
  const warnings: object[] = [];
  beforeEach(async () => {
    nats = await startTestNats();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backbone) => backbone.close({ timeoutMs: 50 })));
    await nats.cleanup();
    warnings.length = 0;
  });
  const join = async (): Promise<Backbone> => {
    const logger = { info() {}, error() {}, warn: (details: object) => void warnings.push(details) };
    const backbone = await connectBackbone({ url: nats.url, name: "damaged", streams, logger });
    open.push(backbone);
    return backbone;
  };

  /** As after a power cut: the end of the newest block was never written. */
  const cut = () => damageFleet(nats.storeDir, "newest", (size) => ({ at: size - 200, bytes: Buffer.alloc(200) }));

  it("whose newest entry is unreadable is refused at the start, or works because nats-server removed that entry", async () => {
    const before = await join();
    for (let i = 0; i < 100; i++) await before.log.append(happened(i));
    await before.close();
    await nats.kill();
    await cut();
    await nats.start();
    const joined = await join().catch((error: unknown) => error);
    if (joined instanceof Error) {
      expect(joined).toMatchObject({
        code: "log-unavailable",
        message: expect.stringMatching(/newest entry of FLEET, sequence 100, can't be read/),
        advice: expect.stringMatching(/nats-server 2\.15.*backup/),
      });
      return;
    }
    // Newer servers truncate the store after the last readable entry.
    const { log } = joined as Backbone;
    const { seq } = await log.append(happened(100));
    expect((await log.last("event", "d"))?.seq).toBe(seq);
  });

  it("whose newest entry becomes unreadable is no longer used by a running process, which reports why", async () => {
    const { log } = await join();
    for (let i = 0; i < 100; i++) await log.append(happened(i));
    await nats.kill();
    await cut();
    await nats.start();
    await eventually(() => expect(log.status === "ready" || log.problem !== undefined).toBe(true));
    if (log.problem === undefined) {
      const { seq } = await log.append(happened(100));
      expect((await log.last("event", "d"))?.seq).toBe(seq);
      return;
    }
    expect(log.status).toBe("away");
    expect(log.problem).toMatch(/newest entry of FLEET.*can't be read.*backup/);
    const urgent = log.append(happened(101), { timeoutMs: 200 });
    await expect(urgent).rejects.toMatchObject({ code: "log-unavailable" });
  });

  it("is followed past unreadable entries, which are counted and named in a warning", async () => {
    const before = await join();
    for (let i = 1; i <= 80; i++) await before.log.append(happened(i, randomBytes(100_000).toString("base64")));
    await before.close();
    await nats.stop();
    await damageFleet(nats.storeDir, "oldest", (size) => ({ at: size >> 1, bytes: Buffer.from("XXXXXXXX") }));
    await nats.start();
    const { log } = await join();
    const seen: number[] = [];
    const subscription = log.subscribe({
      stream: "FLEET",
      from: 1,
      onBatch: ({ events }) => void seen.push(...events.map(({ seq }) => seq)),
    });
    await eventually(() => expect(seen.at(-1)).toBe(80), 40_000);
    await subscription.stop();
    const { count, ranges } = log.missing;
    expect(count).toBeGreaterThan(0);
    expect(seen.length + count).toBe(80);
    const missing = ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
    expect([...seen, ...missing].sort((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
    expect(warnings).toContainEqual({ stream: "FLEET", ...ranges[0], missing: expect.any(Number) });
  });
});
