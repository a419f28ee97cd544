import { type FleetEvent, reportId, toEvent } from "@fleetlog/domain";
import { bootStore, Repeats } from "@fleetlog/gateway/sessions";
import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";

const limits = { maxBytes: 64 * 1024 ** 2, replicas: 1 };
/** The server forgets ids as early as it can. */
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
}, 60_000);
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

/** As a session does: asks, appends what is new. @returns the sequence, and whether it was found to be a repeat */
async function report(repeats: Repeats, device: string, boot: string, seq: number) {
  const stored = await repeats.check("telemetry", { boot, seq });
  if (stored !== undefined) return { seq: stored, repeat: true };
  const appended = await backbone.log.append(telemetry(device, boot, seq));
  repeats.noteStored("telemetry", { boot, seq }, appended.seq);
  return { seq: appended.seq, repeat: appended.duplicate };
}

async function forgetIds(): Promise<void> {
  await eventually(async () => {
    expect((await backbone.log.append(telemetry("other", "b", 1))).duplicate).toBe(false);
  });
}

it("a device's report is one event after the server has forgotten its id; new ones and gaps are stored", async () => {
  const session = () => new Repeats(bootStore(backbone), "d1", logger);
  const first = session();
  const stored = new Map<number, number>();
  for (let seq = 1; seq <= 200; seq++) if (seq % 50 !== 0) stored.set(seq, (await report(first, "d1", "b1", seq)).seq);
  await report(first, "d1", "b2", 1);
  await backbone.log.append(telemetry("other", "b", 1));
  await forgetIds();
  const second = session();
  expect(await report(second, "d1", "b1", 199)).toEqual({ seq: stored.get(199), repeat: true });
  expect(await report(second, "d1", "b1", 3)).toMatchObject({ repeat: true });
  for (const gap of [50, 100, 150, 200, 201])
    expect(await report(second, "d1", "b1", gap)).toMatchObject({ repeat: false });
  await forgetIds();
  const third = session();
  for (const seq of [50, 200, 201, 1]) expect(await report(third, "d1", "b1", seq)).toMatchObject({ repeat: true });
  expect(await report(third, "d1", "b2", 1)).toMatchObject({ repeat: true });
  expect(await report(third, "d1", "b2", 2)).toMatchObject({ repeat: false });
  const ids: string[] = [];
  for await (const { id } of backbone.log.read({ stream: "TELEMETRY", category: "telemetry", entity: "d1" }))
    ids.push(id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(196 + 1 + 5 + 1);
}, 60_000);
