import { type FleetEvent, reportId, toEvent } from "@fleetlog/domain";
import { bootStore, Repeats } from "@fleetlog/gateway/sessions";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";

const limits = { maxBytes: 64 * 1024 ** 2, replicas: 1 };
/** The shortest duplicate window: the server soon forgets ids. */
const streams = declareStreams({ FLEET: limits, TELEMETRY: limits }).map((stream) => ({
  ...stream,
  duplicateWindowMs: 100,
}));
const logger = pino({ level: "silent" });

let nats: TestNats;
let backbone: Backbone;
beforeAll(async () => {
  nats = await startTestNats();
  backbone = await connectBackbone({ url: nats.url, name: "test", streams, logger });
});
afterAll(async () => {
  await backbone.close();
  await nats[Symbol.asyncDispose]();
});

function telemetry(device: string, boot: string, seq: number): FleetEvent {
  const order = { boot, seq };
  const id = reportId(device, order) ?? "";
  const frame = { id, source: `/devices/${device}`, time: new Date().toISOString(), entity: device };
  return toEvent({ type: "TelemetryReported", data: { data: { seq }, ...order } }, frame);
}

/** A log client does not ask the server about ids that it has just stored, so use another process. */
async function otherProcess<T>(work: (other: Backbone) => Promise<T>): Promise<T> {
  const other = await connectBackbone({ url: nats.url, name: "other", streams, logger });
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}

/**
 * Checks for a repetition before the append, as a session does.
 * @returns the report's sequence, and whether it is a repetition
 */
async function report({ log }: Backbone, repeats: Repeats, boot: string, seq: number) {
  const stored = await repeats.check("telemetry", { boot, seq });
  if (stored !== undefined) return { seq: stored, repeat: true };
  const appended = await log.append(telemetry("d1", boot, seq));
  repeats.noteStored("telemetry", { boot, seq }, appended.seq);
  return { seq: appended.seq, repeat: appended.duplicate };
}

async function forgetIds(): Promise<void> {
  await eventually(async () => {
    const { duplicate } = await otherProcess(({ log }) => log.append(telemetry("other", "b", 1)));
    expect(duplicate).toBe(false);
  });
}

it("a repeated report stays one event after the server has forgotten its id; missing reports are stored", async () => {
  const session = <T>(work: (send: (boot: string, seq: number) => ReturnType<typeof report>) => Promise<T>) =>
    otherProcess((process) => {
      const repeats = new Repeats(bootStore(process), "d1", logger);
      return work((boot, seq) => report(process, repeats, boot, seq));
    });
  const newest = await session(async (send) => {
    for (let seq = 1; seq <= 198; seq++) if (seq % 50 !== 0) await send("b1", seq);
    const { seq } = await send("b1", 199);
    await send("b2", 1);
    return seq;
  });
  await backbone.log.append(telemetry("other", "b", 1));
  await forgetIds();
  await session(async (send) => {
    expect(await send("b1", 199)).toEqual({ seq: newest, repeat: true });
    expect(await send("b1", 3)).toMatchObject({ repeat: true });
    for (const gap of [50, 100, 150, 200, 201]) expect(await send("b1", gap)).toMatchObject({ repeat: false });
  });
  await forgetIds();
  await session(async (send) => {
    for (const seq of [50, 200, 201, 1]) expect(await send("b1", seq)).toMatchObject({ repeat: true });
    expect(await send("b2", 1)).toMatchObject({ repeat: true });
    expect(await send("b2", 2)).toMatchObject({ repeat: false });
  });
  const ids: string[] = [];
  for await (const { id } of backbone.log.read({ stream: "TELEMETRY", category: "telemetry", entity: "d1" }))
    ids.push(id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(196 + 1 + 5 + 1);
});
