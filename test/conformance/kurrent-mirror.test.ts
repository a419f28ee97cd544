import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DEVICE_CATEGORIES, type FleetEvent, type RecordedEvent } from "@fleetlog/domain";
import { MirrorError, type MirrorOptions, mirror } from "@fleetlog/history/mirror";
import { KurrentDbStandIn } from "@fleetlog/history/testing";
import { type Backbone, connectBackbone, declareStreams, memoryBackbone } from "@fleetlog/log";
import { FleetHistory, random } from "@fleetlog/projections/fixtures";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startTestNats } from "../support/nats.ts";
import { RUNTIME } from "../support/processes.ts";

const DEVICES = 12;
const OF_DEVICES: ReadonlySet<string> = new Set(DEVICE_CATEGORIES);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAIN = fileURLToPath(new URL("../../infra/src/mirror/main.ts", import.meta.url));

let history: FleetHistory;
let isNew: boolean;
function newHistory(seed?: number): void {
  history = new FleetHistory(DEVICES, seed);
  isNew = true;
}
beforeEach(() => newHistory());

async function standIn(): Promise<KurrentDbStandIn> {
  const started = await KurrentDbStandIn.start();
  onTestFinished(() => started.stop());
  return started;
}

async function write({ log }: Pick<Backbone, "log">, count: number): Promise<void> {
  const events = isNew ? history.registrations() : [];
  isNew = false;
  for (const { seq: _, stream: __, ...event } of [...events, ...history.next(count)])
    await log.append(event as FleetEvent);
}

async function logWith(count: number): Promise<Backbone> {
  const backbone = memoryBackbone();
  onTestFinished(() => backbone.close());
  await write(backbone, count);
  return backbone;
}

function run({ log }: Backbone, { url: to }: KurrentDbStandIn, more: Partial<MirrorOptions> = {}) {
  return mirror({ log, to, signal: new AbortController().signal, ...more });
}

async function eventsOf({ log }: Backbone): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of log.read({ stream: "FLEET" })) events.push(event);
  return events;
}

/** The sequences in each stream of the target, without the checkpoint. */
function sequencesIn({ streams }: KurrentDbStandIn): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const [name, events] of streams)
    if (!name.includes("fleetlog-mirror"))
      found[name] = events.map(({ metadata }) => (JSON.parse(metadata) as { seq: number }).seq);
  return found;
}

async function sequencesOf(backbone: Backbone, prefix = ""): Promise<Record<string, number[]>> {
  const expected: Record<string, number[]> = {};
  for (const { seq, subject } of await eventsOf(backbone)) {
    const [, category = "", entity = ""] = subject.split(".");
    const name = `${prefix}${OF_DEVICES.has(category) ? "device" : category}-${entity}`;
    expected[name] = [...(expected[name] ?? []), seq];
  }
  return expected;
}

/** The program with its output, from its own process. */
function program(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...RUNTIME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => {
      output += text;
    });
  return { child, output: () => output, ended: once(child, "close").then(([code]) => code as number | null) };
}

describe("the mirror", () => {
  it("appends each device's events to a stream, in order, with their ids, types, data and attributes", async () => {
    const backbone = await logWith(300);
    const target = await standIn();
    const { lastSeq } = await backbone.log.state("FLEET");
    expect(await run(backbone, target)).toEqual({ seq: lastSeq, goal: lastSeq, written: lastSeq });
    expect(sequencesIn(target)).toEqual(await sequencesOf(backbone));
    const [first] = await eventsOf(backbone);
    const [, device = ""] = /^fleet\.device\.(.+)$/.exec(first?.subject ?? "") ?? [];
    const [stored] = target.streams.get(`device-${device}`) ?? [];
    expect(stored?.id).toMatch(UUID);
    expect(stored?.type).toBe(first?.type);
    expect(JSON.parse(stored?.data ?? "")).toEqual(first?.data);
    const { id, source, time } = first ?? {};
    expect(JSON.parse(stored?.metadata ?? "")).toMatchObject({ id, source, time, seq: 1, log: id });
  });

  it("appends nothing when it runs again, and continues with new events from its checkpoint", async () => {
    const backbone = await logWith(200);
    const target = await standIn();
    const { seq } = await run(backbone, target);
    expect(await run(backbone, target)).toEqual({ seq, goal: seq, written: 0 });
    await write(backbone, 100);
    expect(await run(backbone, target)).toMatchObject({ written: 100 });
    expect(sequencesIn(target)).toEqual(await sequencesOf(backbone));
    expect(target.streams.get("$$fleetlog-mirror")).toHaveLength(1);
  });

  it("leaves out repeats, also of events before its checkpoint", async () => {
    const backbone = memoryBackbone();
    onTestFinished(() => backbone.close());
    await write(backbone, 100);
    const once = await sequencesOf(backbone);
    const [first, second] = await eventsOf(backbone);
    backbone.repeat(first as RecordedEvent);
    const target = await standIn();
    await run(backbone, target);
    expect(sequencesIn(target)).toEqual(once);
    backbone.repeat(second as RecordedEvent);
    const { lastSeq } = await backbone.log.state("FLEET");
    expect(await run(backbone, target)).toMatchObject({ seq: lastSeq, written: 0 });
    await write(backbone, 1);
    expect(await run(backbone, target)).toMatchObject({ written: 1 });
  });

  it("appends nothing twice after its checkpoint was deleted", async () => {
    const backbone = await logWith(200);
    const target = await standIn();
    await run(backbone, target);
    target.streams.delete("fleetlog-mirror");
    await write(backbone, 50);
    expect(await run(backbone, target)).toMatchObject({ written: 50 });
    expect(sequencesIn(target)).toEqual(await sequencesOf(backbone));
  });

  it("has every event once if answers are lost and the target is away at times", async () => {
    const backbone = await logWith(150);
    const target = await standIn();
    const dice = random(7);
    const fates = { stored: 0, lost: 0, away: 0, denied: 0 };
    target.fate = () => {
      const number = dice();
      // The target is away only three times, because the client takes long to find it again.
      const fate = number < 0.2 ? "lost" : number < 0.4 && fates.away < 3 ? "away" : "stored";
      fates[fate]++;
      return fate;
    };
    const waits: unknown[] = [];
    const { seq, goal, written } = await run(backbone, target, { onWaiting: (error) => waits.push(error) });
    expect([seq, written]).toEqual([goal, goal]);
    expect(sequencesIn(target)).toEqual(await sequencesOf(backbone));
    expect(fates.lost).toBeGreaterThan(0);
    expect(fates.away).toBeGreaterThan(0);
    expect(waits.length).toBeGreaterThan(0);
  });

  it("has every event once if two mirrors run at the same time", async () => {
    const backbone = await logWith(300);
    const target = await standIn();
    const runs = await Promise.all([run(backbone, target), run(backbone, target)]);
    expect(sequencesIn(target)).toEqual(await sequencesOf(backbone));
    expect(runs.map(({ seq }) => seq)).toEqual(runs.map(({ goal }) => goal));
  });

  it("follows new events until it is stopped", async () => {
    const backbone = await logWith(50);
    const target = await standIn();
    const stop = new AbortController();
    const running = run(backbone, target, { follow: true, signal: stop.signal });
    const complete = async () => expect(sequencesIn(target)).toEqual(await sequencesOf(backbone));
    await eventually(complete);
    await write(backbone, 30);
    await eventually(complete);
    stop.abort();
    const { lastSeq } = await backbone.log.state("FLEET");
    expect(await running).toMatchObject({ seq: lastSeq, written: lastSeq });
  });

  it("refuses streams with other events or with another installation's mirror, unless it has a prefix", async () => {
    const target = await standIn();
    const one = await logWith(20);
    const [name = ""] = Object.keys(await sequencesOf(one));
    target.streams.set(name, [{ id: crypto.randomUUID(), type: "Own", data: "{}", metadata: "{}" }]);
    const refusal = run(one, target);
    await expect(refusal).rejects.toThrow(MirrorError);
    await expect(refusal).rejects.toThrow(`${name} of the target has events that are not of this installation`);
    target.streams.clear();
    await run(one, target);

    const other = memoryBackbone();
    onTestFinished(() => other.close());
    newHistory(99);
    const [{ seq: _, stream: __, ...event } = {} as RecordedEvent] = new FleetHistory(1).registrations();
    await other.log.append({ ...event, id: crypto.randomUUID() } as FleetEvent);
    await write(other, 20);
    await expect(run(other, target)).rejects.toThrow("give another --prefix");
    await run(other, target, { prefix: "north-" });
    const expected = { ...(await sequencesOf(one)), ...(await sequencesOf(other, "north-")) };
    expect(sequencesIn(target)).toEqual(expected);
  });

  it("says what to do about a user without access, a target that is not there, and a wrong connection string", async () => {
    const backbone = await logWith(5);
    const target = await standIn();
    target.fate = () => "denied";
    await expect(run(backbone, target)).rejects.toThrow(/may not read or append to .*; name one that may do both/);
    target.stop();
    await expect(run(backbone, target, { patienceMs: 200 })).rejects.toThrow(/can't be reached: .*Check that it runs/s);
    const wrong = run(backbone, { url: "kurrentdb://me:secret@:x" } as KurrentDbStandIn);
    await expect(wrong).rejects.toThrow(/the connection string can't be read/);
    await expect(wrong).rejects.not.toThrow(/secret/);
  });

  it("mirrors an empty log at once", async () => {
    const backbone = memoryBackbone();
    expect(await run(backbone, await standIn())).toEqual({ seq: 0, goal: 0, written: 0 });
    await backbone.close();
  });
});

describe("npm run mirror", () => {
  it("has every event once after it was killed at any moment and run again", { timeout: 180_000 }, async () => {
    await using nats = await startTestNats();
    const dataDir = await mkdtemp(join(tmpdir(), "fleetlog-mirror-"));
    const limits = { maxBytes: 64 * 1024 ** 2, replicas: 1 };
    const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
    const backbone = await connectBackbone({ url: nats.url, name: "test", streams });
    try {
      await write(backbone, 3_000);
      const target = await standIn();
      const command = () => program(["--to", target.url], { FLEETLOG_NATS_URL: nats.url, FLEETLOG_DATA_DIR: dataDir });
      for (const share of [0.2, 0.5]) {
        const { lastSeq } = await backbone.log.state("FLEET");
        const killed = command();
        const stored = () => Object.values(sequencesIn(target)).reduce((sum, { length }) => sum + length, 0);
        while (stored() < share * lastSeq && killed.child.exitCode === null) await setTimeout(2);
        killed.child.kill("SIGKILL");
        await killed.ended;
        expect(stored()).toBeLessThan(lastSeq);
      }
      const last = command();
      expect(await last.ended).toBe(0);
      expect(last.output()).toMatch(/✓ \d+ events were appended; the target has all up to event \d+/);
      expect(sequencesIn(target)).toEqual(await sequencesOf(backbone));
      const refused = program(["--to", "http://example"], { FLEETLOG_DATA_DIR: dataDir });
      expect(await refused.ended).toBe(1);
      expect(refused.output()).toContain("--to must be a connection string");
    } finally {
      await backbone.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
