import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { FleetEvent } from "@fleetlog/domain";
import { type EventLog, memoryBackbone } from "@fleetlog/log";
import { FleetHistory, random } from "@fleetlog/projections/fixtures";
import {
  AS_OF,
  type HistorianHeartbeat,
  type HistoryPart,
  heartbeatSubject,
  historySubject,
  TRIAL,
  type Trial,
  trialCalls,
} from "@fleetlog/protocol";
import { afterAll, expect, it } from "vitest";
import { Historian } from "./historian.ts";
import { silent } from "./testing/stores.ts";
import { telemetryEvents } from "./testing/telemetry.ts";

const place = mkdtempSync(join(tmpdir(), "fleetlog-historian-"));
const backbone = memoryBackbone();
const MIB = 1024 ** 2;
afterAll(() => rmSync(place, { recursive: true }));

async function started(id: string, log: EventLog = backbone.log): Promise<Historian> {
  const historian = new Historian({
    ...{
      backbone: { ...backbone, log },
      id,
      directory: join(place, id),
      memory: 200 * MIB,
      sealEvery: 20,
      logger: silent,
    },
    sql: { processes: 1, memory: 64 * MIB, timeMs: 5_000, priority: "low" },
    telemetry: { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
    lake: { directory: join(place, "lake"), intervalMs: 1 },
    openSealer: async () => undefined,
  });
  await historian.start();
  return historian;
}

async function asOf(request: object): Promise<Record<string, unknown>> {
  return JSON.parse(await answerOf(AS_OF, request));
}

/** The answer when the historian has the whole log. */
async function answerAt(historian: Historian, request: object): Promise<Record<string, unknown>> {
  const { lastSeq } = await backbone.log.state("FLEET");
  await expect.poll(() => historian.seq, { timeout: 8_000 }).toBe(lastSeq);
  return asOf({ at: lastSeq, ...request });
}

/** Fills the first page of a table of the fold's state with zeros. */
function zeroRows(stream: string, table: string): void {
  const name = readdirSync(stream, { recursive: true, encoding: "utf8" }).find((one) =>
    /fold-[0-9a-f]+\.sqlite$/.test(one),
  );
  const file = join(stream, name ?? "");
  const db = new DatabaseSync(file);
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(table)?.rootpage);
  const size = Number(db.prepare("PRAGMA page_size").get()?.page_size);
  db.close();
  writeFileSync(file, readFileSync(file).fill(0, (root - 1) * size, root * size));
}

async function answerOf(call: string, request: object): Promise<string> {
  const { text } = (await backbone.bus.request(historySubject(call), request, { timeoutMs: 20_000 })) as HistoryPart;
  return text;
}

async function append(seed: number): Promise<void> {
  const fleet = new FleetHistory(3, seed);
  const events = [...fleet.registrations(), ...fleet.next(30), ...telemetryEvents(40, random(seed))];
  for (const [i, { seq: _, stream: __, ...event }] of events.entries()) {
    const subject = event.subject.replace("telemetry.device-", "telemetry.device-00000");
    await backbone.log.append({ ...event, subject, id: `${seed}-${i}` } as FleetEvent);
  }
}

it("the historian goes on after a restart: archive, continuous export and answers have each event once", async () => {
  let heard: HistorianHeartbeat | undefined;
  backbone.bus.subscribe(heartbeatSubject("historian", "h1"), ({ data }) => {
    heard = data as HistorianHeartbeat;
  });
  for (const seed of [1, 2]) {
    await append(seed);
    heard = undefined;
    const historian = await started("h1");
    const fleet = await backbone.log.state("FLEET");
    const telemetry = await backbone.log.state("TELEMETRY");
    await expect.poll(() => historian.seq).toBe(fleet.lastSeq);
    const at = fleet.lastSeq;
    const answer = await asOf({ query: "devices.get", params: { id: "device-000001" }, at, known: at });
    expect(answer).toMatchObject({ seq: at, known: { seq: at }, result: { id: "device-000001" } });
    expect(JSON.stringify(answer.reports)).toContain("TelemetryReported");
    await expect.poll(() => heard?.telemetry?.seq, { timeout: 8_000 }).toBe(telemetry.lastSeq);
    await expect.poll(() => listed("FLEET"), { timeout: 8_000 }).toBe(fleet.lastSeq);
    await expect.poll(() => listed("TELEMETRY"), { timeout: 8_000 }).toBe(telemetry.lastSeq);
    await historian.close();
    const parts = JSON.parse(readFileSync(join(place, "h1", "TELEMETRY", "manifest.json"), "utf8")).parts;
    expect(parts.reduce((sum: number, { events }: { events: number }) => sum + events, 0)).toBe(telemetry.lastSeq);
  }
}, 40_000);

it("the historian answers without an interruption when a rebuilt history replaces that of an earlier release", async () => {
  await append(3);
  const { lastSeq } = await backbone.log.state("FLEET");
  const first = await started("h2");
  const folder = join(place, "h2", "FLEET");
  await expect.poll(() => isComplete(folder)).toBe(true);
  const request = { query: "devices.get", params: { id: "device-000001" }, at: 20 };
  const expected = await asOf(request);
  await first.close();
  const name = asOfEarlierRelease(folder);
  const historian = await started("h2");
  do expect(await asOf(request)).toEqual(expected);
  while (readdirSync(folder).includes("earlier"));
  expect(readdirSync(folder)).toEqual([name]);
  expect(historian.seq).toBe(lastSeq);
  expect(await asOf(request)).toEqual(expected);
  await historian.close();
}, 40_000);

it("trials that were started before a rebuilt history takes over finish on the replaced history", async () => {
  await append(4);
  const first = await started("h4");
  const folder = join(place, "h4", "FLEET");
  await expect.poll(() => isComplete(folder)).toBe(true);
  await first.close();
  const name = asOfEarlierRelease(folder);
  const [rebuild, reads] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let read = Promise.resolve();
  const historian = await started(
    "h4",
    held(rebuild.promise, () => read),
  );
  read = reads.promise;
  const start = async (trial: object) =>
    JSON.parse(await answerOf(TRIAL, { by: "ada", from: 1, to: 30, ...trial })) as Trial;
  const code = "function evolve(row, event) { return { type: event.type }; }";
  const begun = [
    await start({ projection: { code, categories: ["device"] } }),
    await start({ presence: { timeout: 60_000 } }),
  ];
  await append(5);
  rebuild.resolve();
  const { lastSeq } = await backbone.log.state("FLEET");
  await expect.poll(() => historian.seq).toBe(lastSeq);
  expect(readdirSync(folder).toSorted()).toEqual([name, "earlier"].toSorted());
  reads.resolve();
  for (const { id } of begun) {
    const trial = async () => JSON.parse(await answerOf(trialCalls.read("h4"), { by: "ada", id })) as Trial;
    await expect.poll(trial, { timeout: 30_000 }).toMatchObject({ state: "done" });
  }
  await expect.poll(() => readdirSync(folder)).toEqual([name]);
  await historian.close();
}, 40_000);

it("the historian ends when the fold's state turns out damaged, and folds the log again after its next start", async () => {
  await append(5);
  const first = await started("h5");
  const request = { query: "devices.get", params: { id: "device-000001" } };
  const expected = await answerAt(first, request);
  await first.close();
  zeroRows(join(place, "h5", "FLEET"), "registry");
  await append(6);
  const damaged = await started("h5");
  await expect(damaged.failed).rejects.toThrow("malformed");
  await damaged.close();
  const again = await started("h5");
  expect(await answerAt(again, { ...request, at: expected.seq })).toEqual(expected);
  await again.close();
}, 40_000);

it("files that a killed historian has spilled are deleted at the next start", async () => {
  const files = ["spill", "spill-FLEET", "exports-spill"].map((name) => {
    const folder = join(place, "h9", name);
    mkdirSync(folder, { recursive: true });
    return join(folder, "duckdb_temp_storage_DEFAULT-0.tmp");
  });
  for (const path of files) writeFileSync(path, "rows");
  const historian = await started("h9");
  await historian.close();
  expect(files.filter((path) => existsSync(path))).toEqual([]);
}, 20_000);

it("an event that the log has twice is once in the continuous export", async () => {
  for (const stream of ["FLEET", "TELEMETRY"] as const)
    for await (const event of backbone.log.read({ stream, limit: 1 })) backbone.repeat(event);
  const { lastSeq } = await backbone.log.state("FLEET");
  const telemetry = await backbone.log.state("TELEMETRY");
  const historian = await started("h3");
  const missing = () => {
    const { files } = JSON.parse(readFileSync(join(place, "lake", "manifest.json"), "utf8"));
    const of = (stream: string) => files.filter((one: { stream: string }) => one.stream === stream);
    return ["FLEET", "TELEMETRY"].map((stream) => {
      const events = of(stream).reduce((sum: number, one: { events: number }) => sum + one.events, 0);
      return [of(stream).at(-1)?.to, of(stream).at(-1)?.to - events];
    });
  };
  await expect.poll(missing, { timeout: 15_000 }).toEqual([
    [lastSeq, 1],
    [telemetry.lastSeq, 1],
  ]);
  await historian.close();
}, 40_000);

/** Gives the only history of a folder another fingerprint. Returns the one that it had. */
function asOfEarlierRelease(folder: string): string {
  const [name = ""] = readdirSync(folder);
  renameSync(join(folder, name), join(folder, "earlier"));
  const manifest = join(folder, "earlier", "manifest.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace(name, "earlier"));
  return name;
}

/** The log, where followers get events after `followed`, and reads begin after `read()`. */
function held(followed: Promise<void>, read: () => Promise<void>): EventLog {
  const { log } = backbone;
  const subscribe: EventLog["subscribe"] = ({ onBatch, ...options }) =>
    log.subscribe({ ...options, onBatch: async (batch) => void (await followed.then(() => onBatch(batch))) });
  const reading: EventLog["read"] = async function* (options) {
    await read();
    yield* log.read(options);
  };
  return new Proxy(log, {
    get(target, property) {
      if (property === "subscribe") return subscribe;
      if (property === "read") return reading;
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function isComplete(folder: string): boolean {
  const [name = ""] = readdirSync(folder);
  const path = join(folder, name, "manifest.json");
  return existsSync(path) && JSON.parse(readFileSync(path, "utf8")).complete === true;
}

/** Events of a stream in the finished files; 0 if files overlap or leave sequences out. */
function listed(stream: string): number {
  const path = join(place, "lake", "manifest.json");
  if (!existsSync(path)) return 0;
  const { files } = JSON.parse(readFileSync(path, "utf8"));
  let next = 1;
  for (const one of files) {
    if (one.stream !== stream) continue;
    if (one.from !== next || one.events !== one.to - one.from + 1) return 0;
    next = one.to + 1;
  }
  return next - 1;
}
