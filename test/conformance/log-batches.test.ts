import { connect, type Socket } from "node:net";
import { type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import { type Appended, type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { afterEach, beforeEach, expect, it } from "vitest";
import { suiteWithBatches } from "../support/atomic-batches.ts";
import { eventually } from "../support/eventually.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";
import { requestRaw } from "../support/raw-nats.ts";

const MIB = 1024 * 1024;
const streams = declareStreams({
  FLEET: { maxBytes: 256 * MIB, replicas: 1 },
  TELEMETRY: { maxBytes: 64 * MIB, replicas: 1 },
});

function happened(device: string, value: number): FleetEvent {
  const body = { type: "DeviceEventReported", data: { name: "counted", data: { value } } } as const;
  const frame = { id: `${device}:1:${value}`, source: `/devices/${device}`, time: new Date().toISOString() };
  return toEvent(body, { ...frame, entity: device });
}

function events(from: number, count: number): FleetEvent[] {
  return Array.from({ length: count }, (_, i) => happened(`d${(from + i) % 10}`, Math.floor((from + i) / 10)));
}

async function batchOf(nats: TestNats, seq: number): Promise<string | undefined> {
  const { message } = (await requestRaw(nats.port, "$JS.API.STREAM.MSG.GET.FLEET", { seq })) as {
    readonly message: { readonly hdrs: string };
  };
  return /^Nats-Batch-Id: (\S+)/m.exec(Buffer.from(message.hdrs, "base64").toString())?.[1];
}

async function updateFleet(nats: TestNats, change: object): Promise<void> {
  const { config } = (await requestRaw(nats.port, "$JS.API.STREAM.INFO.FLEET")) as { readonly config: object };
  const answer = await requestRaw(nats.port, "$JS.API.STREAM.UPDATE.FLEET", { ...config, ...change });
  expect(answer).not.toHaveProperty("error");
}

suiteWithBatches("atomic batches of a JetStream log", () => {
  let nats: TestNats;
  const open: Backbone[] = [];
  beforeEach(async () => {
    nats = await startTestNats();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backbone) => backbone.close({ timeoutMs: 50 })));
    await nats.cleanup();
  });
  const join = async (options: Partial<Parameters<typeof connectBackbone>[0]> = {}): Promise<Backbone> => {
    const backbone = await connectBackbone({ url: nats.url, name: "batches", streams, ...options });
    open.push(backbone);
    return backbone;
  };

  async function expectStored(backbone: Backbone, sent: readonly FleetEvent[], appended: readonly Appended[]) {
    const stored: RecordedEvent[] = [];
    for await (const event of backbone.log.read({ stream: "FLEET" })) stored.push(event);
    const seqs = new Map(stored.map(({ id, seq }) => [id, seq]));
    expect(seqs.size, "nothing is stored twice").toBe(stored.length);
    expect(sent.map(({ id }) => seqs.get(id))).toEqual(appended.map(({ seq }) => seq));
    expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(sent.map(({ id }) => id)));
    const newest = new Map<string, number>();
    for (const { subject, data } of stored) {
      const { value } = (data as { readonly data: { readonly value: number } }).data;
      expect(value, `${subject} is in order`).toBe((newest.get(subject) ?? -1) + 1);
      newest.set(subject, value);
    }
  }

  it("store events that wait at the same time, but not a single event", async () => {
    const backbone = await join();
    const sent = events(0, 5_000);
    const appended = await Promise.all(sent.map((event) => backbone.log.append(event)));
    await expectStored(backbone, sent, appended);
    const batches = await Promise.all([100, 1_100, 4_100].map((seq) => batchOf(nats, seq)));
    for (const batch of batches) expect(batch).toBeDefined();
    expect(batches[0], "up to 4,000 events").toBe(batches[1]);
    const { seq } = await backbone.log.append(happened("d0", 500));
    expect(await batchOf(nats, seq)).toBeUndefined();
  });

  it.each([1_000, 100])("are smaller if nats-server allows only %i events in a batch", async (largestBatch) => {
    await nats.stop();
    await nats.start({ largestBatch });
    const backbone = await join();
    for (const from of [0, 9_000]) {
      const sent = events(from, 9_000);
      await Promise.all(sent.map((event) => backbone.log.append(event)));
    }
    const sent = events(0, 18_000);
    const again = await Promise.all(sent.map((event) => backbone.log.append(event)));
    await expectStored(backbone, sent, again);
    const ids = await Promise.all(Array.from({ length: 150 }, (_, i) => batchOf(nats, 9_101 + i)));
    expect(ids).not.toContain(undefined);
    if (largestBatch === 100) expect(new Set(ids).size).toBeGreaterThan(2);
  });

  it("are not used if nats-server is known not to sync each append, because they are slower there", async () => {
    const backbone = await join({ sync: "2m" });
    const appended = await Promise.all(events(0, 2_000).map((event) => backbone.log.append(event)));
    for (const seq of [1, 500, 2_000]) expect(await batchOf(nats, seq)).toBeUndefined();
    expect(appended).toHaveLength(2_000);
  });

  it("store only the remaining events when another process has already stored some of the events", async () => {
    const [one, other] = await Promise.all([join(), join()]);
    const sent = events(0, 3_000);
    const before = await Promise.all(sent.slice(0, 20).map((event) => other.log.append(event)));
    const appended = await Promise.all(sent.map((event) => one.log.append(event)));
    expect(appended.slice(0, 20)).toEqual(before.map(({ seq }) => ({ seq, duplicate: true })));
    expect(appended.slice(20).every(({ duplicate }) => !duplicate)).toBe(true);
    await expectStored(one, sent, appended);
    expect(await batchOf(nats, 2_500)).toBeDefined();
  });

  it("are not used while the stream does not allow them, and are used again after a reconnection", async () => {
    const backbone = await join();
    await updateFleet(nats, { allow_atomic: false });
    const sent = events(0, 2_000);
    const appended = await Promise.all(sent.slice(0, 1_000).map((event) => backbone.log.append(event)));
    expect(await batchOf(nats, 900)).toBeUndefined();
    await nats.kill();
    await eventually(() => expect(backbone.log.status).toBe("away"));
    await nats.start();
    await eventually(() => expect(backbone.log.status).toBe("ready"));
    appended.push(...(await Promise.all(sent.slice(1_000).map((event) => backbone.log.append(event)))));
    await expectStored(backbone, sent, appended);
    expect(await batchOf(nats, 1_900)).toBeDefined();
  });

  it("are not used while the server has too many open batches", async () => {
    const backbone = await join();
    const others = await startBatches(nats, 50);
    const sent = events(0, 500);
    const appended = await Promise.all(sent.map((event) => backbone.log.append(event)));
    expect(await batchOf(nats, 400)).toBeUndefined();
    others.destroy();
    await expectStored(backbone, sent, appended);
  });

  it("are looked up when their acknowledgement does not come, and are stored once", async () => {
    const timing = { ackTimeoutMs: 100 };
    const backbone = await join({ timing });
    let acknowledged = 0;
    const sent = events(0, 6_000);
    const count = (appended: Appended): Appended => {
      acknowledged += 1;
      return appended;
    };
    const all = Promise.all(sent.slice(0, 3_000).map((event) => backbone.log.append(event).then(count)));
    await eventually(() => expect(acknowledged).toBeGreaterThan(0));
    process.kill(nats.pid, "SIGSTOP");
    try {
      const more = Promise.all(sent.slice(3_000).map((event) => backbone.log.append(event)));
      await eventually(() => expect(backbone.log.status).toBe("away"));
      process.kill(nats.pid, "SIGCONT");
      await expectStored(backbone, sent, [...(await all), ...(await more)]);
    } finally {
      process.kill(nats.pid, "SIGCONT");
    }
  });
});

/** Batches on FLEET without a commit, which the server abandons after ten seconds. */
async function startBatches(nats: TestNats, count: number): Promise<Socket> {
  const socket = connect(nats.port, "127.0.0.1").setEncoding("utf8");
  let text = 'CONNECT {"verbose":false,"headers":true}\r\nSUB begun 1\r\n';
  for (let i = 0; i < count; i++) {
    const headers = `NATS/1.0\r\nNats-Batch-Id: other${i}\r\nNats-Batch-Sequence: 1\r\n\r\n`;
    text += `HPUB fleet.event.other begun ${headers.length} ${headers.length + 2}\r\n${headers}{}\r\n`;
  }
  socket.write(text);
  let received = "";
  for await (const part of socket.iterator({ destroyOnReturn: false })) {
    received += part;
    if (received.split("MSG begun").length > count) break;
  }
  return socket;
}
