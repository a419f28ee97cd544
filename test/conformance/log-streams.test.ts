import { randomUUID } from "node:crypto";
import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { findNatsServer, isAtLeast } from "@fleetlog/infra/nats-server";
import {
  type Backbone,
  connectBackbone,
  declareStreams,
  type LogStatus,
  type ReadQuery,
  type StreamLimits,
} from "@fleetlog/log";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTestNats, type TestNats } from "../support/nats.ts";
import { countRaw, requestRaw } from "../support/raw-nats.ts";

const MIB = 1024 * 1024;

function streams(fleet: Partial<StreamLimits> = {}, telemetry: Partial<StreamLimits> = {}) {
  return declareStreams({
    FLEET: { maxBytes: 16 * MIB, replicas: 1, ...fleet },
    TELEMETRY: { maxBytes: 16 * MIB, replicas: 1, ...telemetry },
  });
}

function event(
  type: "DeviceEventReported" | "TelemetryReported",
  text = "x",
  id: string = randomUUID(),
  entity = "a",
): FleetEvent {
  const data = type === "TelemetryReported" ? { data: { text } } : { name: "n", data: { text } };
  const body = { type, data } as Parameters<typeof toEvent>[0];
  return toEvent(body, { id, source: "/devices/a", time: new Date().toISOString(), entity });
}

function refused(cause = "wrong token"): FleetEvent {
  const data = { device: "a", protocol: "mqtt", code: "unauthenticated", cause, address: "10.0.0.7", count: 1 };
  const frame = { id: randomUUID(), source: "/gateways/g", time: new Date().toISOString(), entity: "a" };
  return toEvent({ type: "LoginRefused", data }, frame);
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe("the streams of a JetStream log", () => {
  let nats: TestNats;
  const open: Backbone[] = [];
  beforeEach(async () => {
    nats = await startTestNats();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backbone) => backbone.close({ timeoutMs: 50 })));
    await nats.cleanup();
  });
  const connect = async (options: Partial<Parameters<typeof connectBackbone>[0]> = {}): Promise<Backbone> => {
    const backbone = await connectBackbone({ url: nats.url, name: "streams", streams: streams(), ...options });
    open.push(backbone);
    return backbone;
  };

  it("are followed without a restart, although reading 5,000 entries takes many requests", async () => {
    const warnings: string[] = [];
    const logger = { info: () => {}, warn: (_: object, text: string) => void warnings.push(text), error: () => {} };
    const backbone = await connect({ logger });
    await Promise.all(Array.from({ length: 5_000 }, () => backbone.log.append(event("DeviceEventReported"))));
    let seen = 0;
    const following = backbone.log.subscribe({
      stream: "FLEET",
      from: 1,
      onBatch: ({ events }) => {
        seen += events.length;
      },
    });
    while (seen < 5_000) await turn();
    await following.stop();
    expect(warnings).toEqual([]);
  });

  it("are created once by concurrent processes", async () => {
    const backbones = await Promise.all(Array.from({ length: 6 }, () => connect()));
    const appended = await Promise.all(backbones.map(({ log }) => log.append(event("DeviceEventReported"))));
    expect(appended.map(({ seq }) => seq).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("are updated to new limits, and keep their content", async () => {
    const before = await connect();
    await before.log.append(event("DeviceEventReported"));
    const after = await connect({ streams: streams({ maxBytes: 32 * MIB }, { maxAgeMs: 60_000 }) });
    expect((await after.log.state("FLEET")).events).toBe(1);
    expect((await after.log.append(event("DeviceEventReported"))).seq).toBe(2);
  });

  it("are not updated to limits that would delete events: connecting fails with that reason", async () => {
    const before = await connect();
    await Promise.all(
      Array.from({ length: 40 }, () => before.log.append(event("DeviceEventReported", "x".repeat(50_000)))),
    );
    const smaller = connect({ streams: streams({ maxBytes: MIB }) });
    await expect(smaller).rejects.toMatchObject({
      code: "log-unavailable",
      message: expect.stringMatching(/stream FLEET .* more than the declared/),
    });
    await expect(connect({ streams: streams({ maxAgeMs: 1_000 }) })).rejects.toThrow(/shorter age/);
    expect((await before.log.state("FLEET")).events).toBe(40);
  });

  it("give 50 readers at once an entity of 2 MB, without losing the connection", async () => {
    const warnings: string[] = [];
    const logger = { info: () => {}, warn: (_: object, text: string) => void warnings.push(text), error: () => {} };
    const { log } = await connect({ logger });
    const text = "x".repeat(8_000);
    await Promise.all(Array.from({ length: 256 }, () => log.append(event("DeviceEventReported", text))));
    const read = async () => {
      let events = 0;
      for await (const { seq } of log.read({ stream: "FLEET", category: "event", entity: "a" }))
        events += Math.sign(seq);
      return events;
    };
    const counts = await Promise.all(Array.from({ length: 50 }, read));
    expect(new Set(counts)).toEqual(new Set([256]));
    expect(warnings).toEqual([]);
  });

  it("can't have replicas on a single server: connecting fails with that reason", async () => {
    const copies = connect({ streams: streams({ replicas: 3 }) });
    await expect(copies).rejects.toMatchObject({
      code: "log-unavailable",
      message: expect.stringMatching(/FLEET.*replicas/),
    });
  });

  it("keep subjects that a newer process has added", async () => {
    const [fleet, telemetry] = streams();
    if (fleet === undefined || telemetry === undefined) throw new Error("two streams are declared");
    const newer = { ...fleet, subjects: [...fleet.subjects, "fleet.newer.*"] };
    await connect({ streams: [newer, telemetry] });
    await connect({ streams: [fleet, telemetry] });
    const third = await connect({ streams: [newer, telemetry] });
    expect((await third.log.append(event("DeviceEventReported"))).seq).toBe(1);
  });

  it("refuse new events when full, with an error in the log, and accept events once there is room", async () => {
    const errors: string[] = [];
    const logger = { info() {}, warn() {}, error: (_: object, message: string) => void errors.push(message) };
    const { log } = await connect({ streams: streams({ maxBytes: MIB }), logger, timing: { fullPauseMs: 50 } });
    const statuses: LogStatus[] = [];
    log.onStatus((status) => statuses.push(status));
    const appends = Array.from({ length: 40 }, (_, i) =>
      log.append(event("DeviceEventReported", `${i}`.padEnd(50_000))),
    );
    const all = Promise.all(appends);
    while (log.status !== "full") await turn();
    const held = await log.state("FLEET");
    expect(held.bytes).toBeLessThanOrEqual(MIB);
    expect(held.firstSeq, "no event was dropped for a new one").toBe(1);
    expect(errors.join()).toMatch(/full/);
    await log.append(event("TelemetryReported"));
    expect(log.status).toBe("full");

    await connect({ streams: streams({ maxBytes: 16 * MIB }) });
    const appended = await all;
    expect(appended.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(log.status).toBe("ready");
    expect(statuses).toEqual(["full", "ready"]);
  });

  it("work without ACCESS if it can't be created: only appends to ACCESS fail", async () => {
    const warnings: string[] = [];
    const logger = { info() {}, warn: (_: object, text: string) => void warnings.push(text), error() {} };
    const limits = { maxBytes: MIB, replicas: 1 };
    const declared = declareStreams({ FLEET: limits, TELEMETRY: limits, ACCESS: { ...limits, replicas: 3 } });
    const { log } = await connect({ streams: declared, logger, timing: { ackTimeoutMs: 100 } });
    const statuses: LogStatus[] = [];
    log.onStatus((status) => statuses.push(status));
    const refusal = log.append(refused(), { timeoutMs: 300 });
    await expect(refusal).rejects.toMatchObject({ code: "log-unavailable" });
    expect((await log.append(event("DeviceEventReported"))).seq).toBe(1);
    expect([log.status, log.congested, ...statuses]).toEqual(["ready", false]);
    expect(warnings).toContain("a stream is not ready; its events are not stored");
  });

  it("drop the oldest refusals when ACCESS is full, and the log stays ready", async () => {
    const limits = { maxBytes: 16 * MIB, replicas: 1 };
    const declared = declareStreams({ FLEET: limits, TELEMETRY: limits, ACCESS: { ...limits, maxBytes: MIB } });
    const { log } = await connect({ streams: declared });
    const appended = Array.from({ length: 40 }, () => log.append(refused("x".repeat(50_000)), { timeoutMs: 5_000 }));
    expect((await Promise.all(appended)).at(-1)?.seq).toBe(40);
    const { bytes, firstSeq } = await log.state("ACCESS");
    expect(bytes).toBeLessThanOrEqual(MIB);
    expect(firstSeq).toBeGreaterThan(1);
    expect(log.status).toBe("ready");
    expect(await log.last("access", "a")).toMatchObject({ seq: 40, stream: "ACCESS", type: "LoginRefused" });
  });

  it("drop the oldest telemetry when TELEMETRY is full", async () => {
    const { log } = await connect({ streams: streams({}, { maxBytes: MIB }) });
    for (let i = 0; i < 60; i++) await log.append(event("TelemetryReported", `${i}`.padEnd(50_000)));
    const state = await log.state("TELEMETRY");
    expect(state.lastSeq).toBe(60);
    expect(state.firstSeq).toBeGreaterThan(30);
    const seqs: number[] = [];
    for await (const { seq } of log.read({ stream: "TELEMETRY" })) seqs.push(seq);
    expect(seqs[0]).toBe(state.firstSeq);
    const backwards: number[] = [];
    for await (const { seq } of log.read({ stream: "TELEMETRY", direction: "backwards" })) backwards.push(seq);
    expect(backwards.reverse()).toEqual(seqs);
  });

  it("store an event once when it is sent again after the server's duplicate window", async () => {
    const forgetful = streams().map((declared) => ({ ...declared, duplicateWindowMs: 100 }));
    const { log } = await connect({ streams: forgetful, timing: { trustDuplicatesMs: 0 } });
    for (let round = 0; round < 3; round++) {
      let acknowledged = 0;
      const appends = Array.from({ length: 3_000 }, (_, i) =>
        log.append(event("DeviceEventReported", `${i}`)).then(() => acknowledged++),
      );
      // Kill in the middle of the appends: some are stored but not acknowledged.
      while (acknowledged === 0) await new Promise((resolve) => setImmediate(resolve));
      await nats.kill();
      const killed = Date.now();
      // The duplicate window also runs while the server is down.
      while (log.status !== "away" || Date.now() < killed + 200) await turn();
      await nats.start();
      await Promise.all(appends);
      const ids = new Set<string>();
      let entries = 0;
      for await (const { id } of log.read({ stream: "FLEET" })) {
        ids.add(id);
        entries += 1;
      }
      expect(ids.size).toBe((round + 1) * 3_000);
      expect(entries).toBe(ids.size);
    }
  });

  it("leave no consumer on the server after reads", async () => {
    const { log } = await connect();
    await Promise.all(Array.from({ length: 2_000 }, () => log.append(event("DeviceEventReported"))));
    const subscription = log.subscribe({ stream: "FLEET", from: 1, onBatch: () => {} });
    await subscription.started;
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const direction = i % 2 ? "backwards" : "forwards";
        for await (const _ of log.read({ stream: "FLEET", category: "event", direction, limit: 600 })) if (i % 3) break;
      }),
    );
    await subscription.stop();
    const consumers = async (): Promise<number> => {
      const info = await requestRaw(nats.port, "$JS.API.STREAM.INFO.FLEET");
      return (info as { state: { consumer_count: number } }).state.consumer_count;
    };
    while ((await consumers()) > 0) await turn();
  });

  it("give a device's few events without a consumer, which would count all entries between them", async () => {
    const { log } = await connect();
    const wanted = ["first", "second", "third"];
    for (const id of wanted) {
      await Promise.all(Array.from({ length: 400 }, () => log.append(event("DeviceEventReported"))));
      await log.append(event("DeviceEventReported", "x", id, "rare"));
    }
    const consumers = await countRaw(nats.port, "$JS.API.CONSUMER.CREATE.>");
    const read = async (query: Partial<ReadQuery>) => {
      const ids: string[] = [];
      for await (const { id } of log.read({ stream: "FLEET", ...query })) ids.push(id);
      return ids;
    };
    expect(await read({ entity: "rare", fromSeq: 2 })).toEqual(wanted);
    expect(consumers.count).toBe(0);
    expect(await read({ entity: "rare", direction: "backwards" })).toEqual(wanted.toReversed());
    // Older servers have no get of the last entry before a sequence.
    const { version } = await findNatsServer();
    if (isAtLeast(version, "2.11.0")) expect(consumers.count).toBe(0);
    expect(await read({ category: "event", direction: "backwards" })).toHaveLength(1_203);
    expect(consumers.count).toBeGreaterThan(0);
    consumers.close();
  });

  it("can't be reached without a server: connecting fails with that reason", async () => {
    await nats.kill();
    const nobody = connect({ connectWithinMs: 50 });
    await expect(nobody).rejects.toMatchObject({
      code: "log-unavailable",
      message: expect.stringMatching(/can't be reached/),
    });
  });
});
