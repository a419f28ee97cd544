import { type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestNats, type TestNats } from "../support/nats.ts";

const KILLS = 5;
const WRITERS = 2;
const DEVICES = 40;
const WINDOW = { events: 512, bytes: 1024 * 1024 };
const MIB = 1024 * 1024;
const streams = declareStreams({
  FLEET: { maxBytes: 512 * MIB, replicas: 1 },
  TELEMETRY: { maxBytes: 64 * MIB, replicas: 1 },
});

function happened(device: string, value: number): FleetEvent {
  const body = { type: "DeviceEventReported", data: { name: "counted", data: { value } } } as const;
  const frame = { id: `${device}:1:${value}`, source: `/devices/${device}`, time: new Date().toISOString() };
  return toEvent(body, { ...frame, entity: device });
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

class Writer {
  readonly acknowledged = new Map<string, number>();
  readonly failures: unknown[] = [];
  waiting = 0;
  mostWaiting = 0;
  readonly #backbone: Backbone;
  readonly #name: string;
  #running = true;

  constructor(backbone: Backbone, name: string) {
    this.#backbone = backbone;
    this.#name = name;
  }

  async run(): Promise<void> {
    const { log } = this.#backbone;
    for (let value = 0; this.#running; value++) {
      for (let device = 0; device < DEVICES; device++) {
        if (log.congested) await log.whenRelieved();
        const event = happened(`${this.#name}-${device}`, value);
        this.waiting += 1;
        this.mostWaiting = Math.max(this.mostWaiting, this.waiting);
        log.append(event).then(
          ({ seq }) => {
            this.waiting -= 1;
            this.acknowledged.set(event.id, seq);
          },
          (error) => this.failures.push(error),
        );
      }
      await turn();
    }
    while (this.waiting > 0 && this.failures.length === 0) await turn();
  }

  stop(): void {
    this.#running = false;
  }
}

describe("the log, when nats-server is killed under pipelined appends", () => {
  let nats: TestNats;
  let backbones: Backbone[];
  beforeAll(async () => {
    nats = await startTestNats();
    const names = Array.from({ length: WRITERS + 1 }, (_, i) => `fault-${i}`);
    backbones = await Promise.all(
      names.map((name) => connectBackbone({ url: nats.url, name, streams, window: WINDOW })),
    );
  });
  afterAll(async () => {
    await Promise.all(backbones.map((backbone) => backbone.close({ timeoutMs: 100 })));
    await nats.cleanup();
  });

  it("keeps every acknowledged event once, in each device's order, and shows it once to each subscription", async () => {
    const reader = backbones.at(-1) as Backbone;
    const seen: number[] = [];
    const ofOne: RecordedEvent[] = [];
    const all = reader.log.subscribe({
      stream: "FLEET",
      from: 1,
      onBatch: ({ events }) => void seen.push(...events.map(({ seq }) => seq)),
    });
    const one = reader.log.subscribe({
      stream: "FLEET",
      category: "event",
      entity: "writer0-0",
      from: 1,
      onBatch: ({ events }) => void ofOne.push(...events),
    });
    const writers = backbones.slice(0, WRITERS).map((backbone, i) => new Writer(backbone, `writer${i}`));
    const running = writers.map((writer) => writer.run());
    const count = (): number => writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);

    for (let kill = 0; kill < KILLS; kill++) {
      const before = count();
      while (count() < before + 4_000) await turn();
      await nats.kill();
      while (backbones.some(({ log }) => log.status !== "away")) await turn();
      const stopped = count();
      for (let i = 0; i < 50; i++) await turn();
      expect(count()).toBe(stopped);
      await nats.start();
    }
    const before = count();
    while (count() < before + 4_000) await turn();
    for (const writer of writers) writer.stop();
    await Promise.all(running);

    expect(writers.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { mostWaiting } of writers) expect(mostWaiting).toBeLessThanOrEqual(WINDOW.events + DEVICES);
    const stored: RecordedEvent[] = [];
    for await (const event of reader.log.read({ stream: "FLEET" })) stored.push(event);
    const sequences = new Map(stored.map(({ id, seq }) => [id, seq]));
    expect(sequences.size, "no event is stored twice").toBe(stored.length);
    for (const { acknowledged } of writers) {
      for (const [id, seq] of acknowledged) expect(sequences.get(id)).toBe(seq);
    }
    expect(stored.length, "every event was sent until it was acknowledged").toBe(count());

    const newest = new Map<string, number>();
    for (const { subject, data } of stored) {
      const { value } = (data as { data: { value: number } }).data;
      expect(value).toBe((newest.get(subject) ?? -1) + 1);
      newest.set(subject, value);
    }
    expect(newest.size).toBe(WRITERS * DEVICES);

    const last = stored.at(-1)?.seq;
    while (seen.at(-1) !== last) await turn();
    expect(seen).toEqual(stored.map(({ seq }) => seq));
    const wanted = stored.filter(({ subject }) => subject === "fleet.event.writer0-0").map(({ seq }) => seq);
    while (ofOne.at(-1)?.seq !== wanted.at(-1)) await turn();
    expect(ofOne.map(({ seq }) => seq)).toEqual(wanted);
    await Promise.all([all.stop(), one.stop()]);
  }, 120_000);

  it("accepts a bounded number of appends while the server is away, and later stores exactly these", async () => {
    const backbone = backbones[0] as Backbone;
    await nats.kill();
    while (backbone.log.status !== "away") await turn();
    const reckless = Array.from({ length: WINDOW.events * 20 }, (_, i) => backbone.log.append(happened("reckless", i)));
    const outcome = Promise.allSettled(reckless);
    await expect(reckless.at(-1)).rejects.toMatchObject({ code: "log-unavailable" });
    await nats.start();
    const taken = (await outcome).filter(({ status }) => status === "fulfilled").length;
    expect(taken).toBeLessThanOrEqual(WINDOW.events * 17);
    const values: number[] = [];
    for await (const { data } of backbone.log.read({ stream: "FLEET", category: "event", entity: "reckless" })) {
      values.push((data as { data: { value: number } }).data.value);
    }
    expect(values).toEqual(Array.from({ length: taken }, (_, i) => i));
  });
});
