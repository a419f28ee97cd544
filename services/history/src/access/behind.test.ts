import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CATEGORIES, type FleetEvent, type RecordedEvent, type Scope } from "@fleetlog/domain";
import { type EventLog, memoryBackbone } from "@fleetlog/log";
import { History } from "@fleetlog/projections/fixtures";
import {
  AS_OF,
  CHAIN,
  DIFF,
  EXPORT_LINES,
  INCIDENT,
  REPLAY,
  SQL,
  TRIAL,
  type Trial,
  trialCalls,
} from "@fleetlog/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Historian } from "../historian.ts";
import { wholeAnswer } from "../testing/answers.ts";
import { silent } from "../testing/stores.ts";

/** The historian gets only this many events of the log before `gate` opens: those of two devices with a command each. */
const HAS = 8;
const HIDDEN = "pump";
const CODE = "function evolve(row, event) { return { n: (row ? row.n : 0) + 1 }; }";

let directory: string;
let backbone: ReturnType<typeof memoryBackbone>;
let history: History;
let historian: Historian;
/** If set, the historian gets further events of the log only once this has resolved. */
let gate: PromiseWithResolvers<void> | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "fleetlog-behind-"));
  backbone = memoryBackbone();
  history = new History();
  gate = undefined;
  for (const device of [HIDDEN, "valve"]) {
    await append(history.register(device));
    await append(history.issue(device, `command-of-${device}`));
    await append(history.open(device));
    await append(history.report(device, 1));
  }
  historian = new Historian({
    ...{ backbone: { ...backbone, log: heldBack(backbone.log) }, id: "h1", directory, memory: 200 * 1024 ** 2 },
    sql: { processes: 1, memory: 64 * 1024 ** 2, timeMs: 30_000, priority: "low" },
    telemetry: { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
    openSealer: async () => undefined,
    logger: silent,
  });
  await historian.start();
  await expect.poll(() => historian.seq, { timeout: 20_000 }).toBe(HAS);
  gate = Promise.withResolvers();
}, 60_000);
afterEach(async () => {
  gate?.resolve();
  await historian.close();
  rmSync(directory, { recursive: true });
});

function heldBack(log: EventLog): EventLog {
  const subscribe: EventLog["subscribe"] = ({ onBatch, ...options }) =>
    log.subscribe({
      ...options,
      onBatch: async (batch) => {
        await gate?.promise;
        await onBatch(batch);
      },
    });
  return new Proxy(log, {
    get(target, property) {
      if (property === "subscribe") return subscribe;
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function append({ seq: _, stream: __, ...event }: RecordedEvent): Promise<void> {
  await backbone.log.append(event as FleetEvent);
}

async function move(from: string, to: string, kept: "along" | "stays"): Promise<void> {
  const data = { device: HIDDEN, from, to, history: kept, by: "ada" } as const;
  await append({ ...history.add(HIDDEN, { type: "DeviceMoved", data }), account: to } as RecordedEvent);
}

const ask = (call: string, request: object) => wholeAnswer(backbone.bus, call, request);
const categories = CATEGORIES.filter((one) => one !== "telemetry");
const span = { from: 1, to: HAS };

/** Every call about the past, over all devices of a scope and over one device. */
async function answers(scope: Scope): Promise<Readonly<Record<string, string>>> {
  const asked: Readonly<Record<string, readonly [string, object]>> = {
    list: [AS_OF, { query: "devices.list", params: {}, at: HAS, scope }],
    one: [AS_OF, { query: "devices.get", params: { id: HIDDEN }, at: HAS, known: HAS, scope }],
    commands: [AS_OF, { query: "commands.list", params: {}, at: HAS, scope }],
    summary: [AS_OF, { query: "devices.summary", params: {}, at: HAS, scope }],
    differences: [DIFF, { ...span, scope }],
    "differences of one": [DIFF, { ...span, device: HIDDEN, scope }],
    incident: [INCIDENT, { ...span, messages: false, devices: [HIDDEN], scope }],
    "trial of presence": [TRIAL, { ...span, presence: { timeout: 60_000 }, device: HIDDEN, by: "ben", scope }],
    "trial of a scan": [TRIAL, { to: HAS, scan: { packages: [] }, device: HIDDEN, by: "ben", scope }],
    "trial of a projection": [
      TRIAL,
      { ...span, projection: { code: CODE, categories }, device: HIDDEN, by: "ben", scope },
    ],
    SQL: [SQL, { sql: "SELECT device, type FROM events", at: HAS, format: "json", limit: 100, categories, scope }],
    export: [EXPORT_LINES, { ...span, format: "jsonl", categories: ["device", "command", "event"], scope }],
    replay: [REPLAY, { ...span, categories, events: true, scope }],
  };
  const found: Record<string, string> = {};
  for (const [name, [call, request]] of Object.entries(asked)) {
    found[name] = await ask(call, request).catch((error: { readonly code: string }) => error.code);
  }
  return found;
}

/** The names of the calls that answered with the device. */
async function showing(scope: Scope): Promise<readonly string[]> {
  const found = Object.entries(await answers(scope));
  return found.filter(([, text]) => text.includes(HIDDEN)).map(([name]) => name);
}

const EVERY = ["list", "one", "commands", "differences", "differences of one", "SQL", "export", "replay"];

it("no answer about the past shows a device that has left the account, although the history lacks the move", async () => {
  const main = { accounts: ["main"] };
  expect(await showing(main)).toEqual(expect.arrayContaining(EVERY));
  await move("main", "south", "along");
  expect(historian.seq).toBe(HAS);
  expect(await showing(main)).toEqual([]);
  expect(await answers(main)).toMatchObject({
    summary: expect.stringContaining('"total":1'),
    "differences of one": "device-unknown",
    incident: "device-unknown",
    "trial of presence": "device-unknown",
    "trial of a scan": "device-unknown",
    "trial of a projection": "device-unknown",
    SQL: expect.stringContaining("valve"),
  });
  // A chain needs all events of the log.
  await expect(ask(CHAIN, { id: "e1", categories, scope: main })).rejects.toMatchObject({
    code: "history-unavailable",
  });
  // The new account sees the history, because the move took it along.
  expect(await showing({ accounts: ["south"] })).toEqual(expect.arrayContaining(EVERY));
}, 120_000);

it("no answer about the past shows the time before a move that left the history behind, even if the device has come back", async () => {
  await move("main", "south", "stays");
  expect(await showing({ accounts: ["south"] })).toEqual([]);
  expect(await showing({ accounts: ["main"] })).toEqual([]);
  await move("south", "main", "stays");
  expect(historian.seq).toBe(HAS);
  expect(await showing({ accounts: ["main"] })).toEqual([]);
}, 120_000);

it("the result of a trial is not readable once one of its devices has left the account", async () => {
  const caller = { by: "ben", scope: { accounts: ["main"] } };
  const begin = async () =>
    JSON.parse(await ask(TRIAL, { ...span, presence: { timeout: 60_000 }, ...caller })) as Trial;
  const read = (id: string) => ask(trialCalls.read("h1"), { id, ...caller });
  const { id } = await begin();
  await expect.poll(async () => JSON.parse(await read(id)).state, { timeout: 20_000 }).toBe("done");
  await move("main", "south", "along");
  await expect(read(id)).rejects.toMatchObject({ code: "not-found" });
  const again = await begin();
  expect(JSON.parse(await read(again.id))).toMatchObject({ id: again.id });
}, 60_000);

it("the result of a projection over all devices is not readable once a device that came into the account during the span has left it", async () => {
  gate?.resolve();
  await move("main", "south", "stays");
  await append(history.report(HIDDEN, 2));
  await expect.poll(() => historian.seq, { timeout: 20_000 }).toBe(HAS + 2);
  const caller = { by: "ben", scope: { accounts: ["south"] } };
  const projection = { code: "function evolve(row, event) { return { type: event.type }; }", categories };
  const trial = JSON.parse(await ask(TRIAL, { from: 1, to: HAS + 2, projection, ...caller })) as Trial;
  const read = () => ask(trialCalls.read("h1"), { id: trial.id, ...caller });
  await expect.poll(async () => JSON.parse(await read()).state, { timeout: 20_000 }).toBe("done");
  expect(await read()).toContain(HIDDEN);
  await move("south", "main", "along");
  await expect(read()).rejects.toMatchObject({ code: "not-found" });
}, 60_000);
