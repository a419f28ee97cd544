import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sealerOf } from "@fleetlog/identity";
import type { EventLog, StoredEntry } from "@fleetlog/log";
import { memoryBackbone } from "@fleetlog/log";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parsePublicKey } from "../proofs/keys.ts";
import { faultOfMark, NO_MARK } from "../proofs/mark.ts";
import { silent } from "../testing/stores.ts";
import { Marks } from "./marks.ts";

const KEY = Buffer.alloc(32, 7);
const SPAN = 100;
const EVENTS = 250;

let backbone: ReturnType<typeof memoryBackbone>;
let directory: string;
let running: Marks[];

beforeEach(() => {
  backbone = memoryBackbone();
  directory = mkdtempSync(join(tmpdir(), "fleetlog-marks-"));
  running = [];
  store(EVENTS);
});
afterEach(async () => {
  await Promise.all(running.map((marks) => marks.close()));
  rmSync(directory, { recursive: true });
  await backbone.close();
});

function store(count: number): void {
  const stream = backbone.server.stream("FLEET");
  for (let i = 0; i < count; i++) {
    const id = `${stream.state.lastSeq + 1}`;
    stream.append({ id, subject: "fleet.event.a", json: `{"n":${id}}`, expectedLastSeq: undefined });
  }
}

/** The log, with some entries changed or left out. */
function changedLog(change: (entry: StoredEntry) => StoredEntry | undefined): EventLog {
  async function* entries(range: Parameters<EventLog["entries"]>[0]) {
    for await (const entry of backbone.log.entries(range)) {
      const changed = change(entry);
      if (changed !== undefined) yield changed;
    }
  }
  return Object.assign(Object.create(backbone.log), {
    entries,
    state: (stream: "FLEET") => backbone.log.state(stream),
  }) as EventLog;
}

function historian(log: EventLog = backbone.log, openSealer = async () => sealerOf(KEY)): Marks {
  const options = {
    backbone: { log, buckets: backbone.buckets },
    directory,
    openSealer,
    logger: silent,
    pauseMs: 1,
    span: SPAN,
  };
  const marks = new Marks(options);
  marks.start();
  running.push(marks);
  return marks;
}

const through = (marks: Marks, seq: number) => vi.waitFor(() => expect(marks.report.through).toBe(seq), 5_000);
const checked = (marks: Marks, seq: number) => vi.waitFor(() => expect(marks.report.checkedThrough).toBe(seq), 5_000);

async function marked(): Promise<Marks> {
  const marks = historian();
  await through(marks, 200);
  await marks.close();
  return marks;
}

it("a historian signs each span of sequences in a chain", async () => {
  const marks = historian();
  await through(marks, 200);
  const { items, key, next } = await marks.list(1, 100);
  const [first, second] = items;
  expect(first).toMatchObject({ firstSeq: 1, lastSeq: 100, entries: 100, previous: NO_MARK });
  expect(second).toMatchObject({ firstSeq: 101, lastSeq: 200, previous: first?.hash });
  expect(next).toBeNull();
  const publicKey = parsePublicKey(key ?? "");
  for (const mark of items) expect(publicKey && faultOfMark(mark, publicKey)).toBeUndefined();
  store(50);
  await through(marks, 300);
  expect(await marks.list(101, 1)).toMatchObject({ items: [second], next: 201 });
  expect((await marks.list(201, 5)).items).toMatchObject([{ firstSeq: 201 }]);
  expect(await marks.list(301, 5)).toMatchObject({ items: [], next: null });
  await checked(marks, 300);
  expect(marks.report.problems).toBe(0);
});

it("all historians with the key make the same marks", async () => {
  const { items } = await (await marked()).list(1, 10);
  const bucket = await backbone.buckets.open("marks", { maxBytes: 1 });
  for (const n of [1, 2]) await bucket.delete(`mark.${n}`);
  rmSync(join(directory, "newest-mark.json"));
  expect((await (await marked()).list(1, 10)).items).toEqual(items);
});

it("a historian reports a changed event until the log is restored", async () => {
  await marked();
  let isChanged = true;
  const log = changedLog((entry) =>
    isChanged && entry.seq === 145 ? { ...entry, bytes: Buffer.from('{"n":146}') } : entry,
  );
  const marks = historian(log);
  await checked(marks, 200);
  const problem = { firstSeq: 101, lastSeq: 200, detail: "at least one of these events was changed" };
  expect(marks.report).toMatchObject({ problems: 1, first: problem });
  expect(await marks.check(1)).toEqual({ firstSeq: 1, lastSeq: 200, problems: [problem], next: null });
  isChanged = false;
  expect(await marks.check(101)).toMatchObject({ firstSeq: 101, problems: [] });
  expect(marks.report.problems).toBe(0);
});

it("a historian reports a missing event, and events that a limit deleted", async () => {
  await marked();
  const one = historian(changedLog((entry) => (entry.seq === 77 ? undefined : entry)));
  expect(await vi.waitFor(() => one.check(1))).toMatchObject({
    problems: [{ firstSeq: 1, detail: "an event is missing; the first sequence without one is 77" }],
  });
  const cut = historian(changedLog((entry) => (entry.seq <= 150 ? undefined : entry)));
  expect((await vi.waitFor(() => cut.check(1))).problems.map(({ detail }) => detail)).toEqual([
    "100 events are missing; the first sequence without one is 1",
    "50 events are missing; the first sequence without one is 101",
  ]);
});

it("a historian marks a gap that existed before the mark, and reports no problem for it", async () => {
  const log = changedLog((entry) => (entry.seq === 77 ? undefined : entry));
  const marks = historian(log);
  await checked(marks, 200);
  expect((await marks.list(1, 1)).items).toMatchObject([{ entries: 99 }]);
  expect(marks.report.problems).toBe(0);
});

it("a historian reports marks that were deleted, replaced or made unreadable", async () => {
  await marked();
  const bucket = await backbone.buckets.open("marks", { maxBytes: 1 });
  const [one, two] = [(await bucket.get("mark.1"))?.value as object, (await bucket.get("mark.2"))?.value as object];
  const problemsWith = async (first: object | undefined, second: object | undefined) => {
    for (const [n, value] of [first, second].entries()) {
      if (value === undefined) await bucket.delete(`mark.${n + 1}`);
      else await bucket.put(`mark.${n + 1}`, value);
    }
    const marks = historian();
    await vi.waitFor(() => marks.check(1));
    await checked(marks, 200);
    await marks.close();
    return { count: marks.report.problems, detail: marks.report.first?.detail };
  };
  expect(await problemsWith(undefined, two)).toEqual({ count: 1, detail: "the mark is gone" });
  expect(await problemsWith({ ...one, root: "0".repeat(64) }, two)).toEqual({
    count: 1,
    detail: "the mark is not this installation's: its hash is not that of its content",
  });
  expect(await problemsWith(one, { nothing: true })).toMatchObject({
    count: 2,
    detail: expect.stringMatching(/and it differs/),
  });
  expect(await problemsWith(one, undefined)).toMatchObject({
    count: 1,
    detail: expect.stringMatching(/and it is gone/),
  });
  const file = join(directory, "newest-mark.json");
  const known = readFileSync(file, "utf8");
  writeFileSync(file, known.replace('"number":2', '"number":9'));
  const shorter = expect.stringMatching(/the log ends at 250; .*delete .*newest-mark.json/);
  for (const _ of [1, 2]) expect(await problemsWith(one, two)).toEqual({ count: 1, detail: shorter });
  rmSync(file);
  expect(await problemsWith(one, two)).toEqual({ count: 0 });
});

it("a historian signs nothing without the installation key, and says why", async () => {
  let sealer: "missing" | "wrong" | "given" = "missing";
  const marks = historian(backbone.log, async () => {
    if (sealer === "wrong") throw new TypeError("no key in /data");
    return sealer === "given" ? sealerOf(KEY) : (undefined as never);
  });
  await expect(marks.check(1)).rejects.toMatchObject({ code: "history-unavailable" });
  expect(await marks.list(1, 10)).toEqual({ items: [], next: null, key: null });
  sealer = "wrong";
  await vi.waitFor(() => expect(marks.report.keyProblem).toBe("no key in /data"));
  sealer = "given";
  await through(marks, 200);
  expect(marks.report).not.toHaveProperty("keyProblem");
});

it("a historian that waits for a late replica to have the events of the newest mark can be stopped at once", async () => {
  await marked();
  const state = vi.fn(async () => ({ ...(await backbone.log.state("FLEET")), lastSeq: 150, replicas: 3 }));
  const again = historian(Object.assign(Object.create(backbone.log), { state }) as EventLog);
  await vi.waitFor(() => expect(state.mock.calls.length).toBeGreaterThan(2));
  const began = performance.now();
  await again.close();
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(again.report.problems).toBe(0);
}, 30_000);
