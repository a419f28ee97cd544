import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordedEvent, toEvent } from "@fleetlog/domain";
import { declareStreams, type MemoryBackbone, MemoryServer, memoryBackbone } from "@fleetlog/log";
import { type Changed, changedSubject, querySubject } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dumpViews, rebuildViews } from "./dump.ts";
import { History } from "./fixtures/history.ts";
import { lastValues, values } from "./fixtures/last-values.ts";
import { Projector } from "./projector.ts";
import { FLEET_VIEWS } from "./views/index.ts";
import type { View } from "./views/view.ts";

const warnings: string[] = [];
const logger = { info() {}, warn: (_: object, message: string) => void warnings.push(message), error() {} };
const WITH_VALUES = [...FLEET_VIEWS, values];

let backbone: MemoryBackbone;
let directory: string;
let projectors: Projector[];
let history: History;
let reports: number;

beforeEach(() => {
  warnings.length = 0;
  backbone = memoryBackbone();
  directory = mkdtempSync(join(tmpdir(), "fleetlog-telemetry-"));
  projectors = [];
  history = new History();
  reports = 0;
});
afterEach(async () => {
  for (const projector of projectors) await projector.close();
  await backbone.close();
  rmSync(directory, { recursive: true, force: true });
});

async function started(
  views: readonly View[] = WITH_VALUES,
  more: { on?: MemoryBackbone; memory?: boolean } = {},
): Promise<Projector> {
  const { on = backbone, memory = false } = more;
  const made = new Projector({ backbone: on, id: "p1", directory: memory ? undefined : directory, logger, views });
  projectors.push(made);
  await made.start();
  return made;
}

async function append(events: readonly RecordedEvent[] = history.events.splice(0), to = backbone): Promise<number> {
  let seq = 0;
  for (const { seq: _, stream: __, ...event } of events) ({ seq } = await to.log.append(event));
  return seq;
}

async function report(count: number, devices: readonly string[], to = backbone): Promise<number> {
  const appended = Array.from({ length: count }, () => {
    const n = ++reports;
    const entity = devices[n % devices.length] ?? "";
    const time = new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString();
    const frame = { id: `r${n}`, source: `/devices/${entity}`, time, entity };
    return to.log.append(toEvent({ type: "TelemetryReported", data: { data: { n } } }, frame));
  });
  return (await Promise.all(appended)).at(-1)?.seq ?? 0;
}

interface Listed {
  readonly result: {
    readonly items: { device: string; reports: number; values: { n: number } }[];
    readonly total: number;
  };
  readonly seq: number;
}

async function list(more: object = {}): Promise<Listed> {
  for (;;) {
    try {
      return (await backbone.bus.request(querySubject("values.list"), { params: {}, ...more })) as Listed;
    } catch (error) {
      if ((error as { code?: string }).code !== "unavailable") throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

const devicesOf = ({ result }: Listed) => result.items.map(({ device }) => device);

describe("a view over TELEMETRY", () => {
  it.each([false, true])(
    "is built from TELEMETRY, and answers with a sequence of TELEMETRY (in memory: %s)",
    async (memory) => {
      history.register("a");
      history.register("b");
      await append();
      const seq = await report(10, ["a", "b"]);
      await started(WITH_VALUES, { memory });
      const answer = await list({ atLeast: seq });
      expect(answer.seq).toBe(10);
      expect(answer.result).toMatchObject({
        total: 2,
        items: [
          { device: "a", reports: 5, values: { n: 10 } },
          { device: "b", reports: 5, values: { n: 9 } },
        ],
      });
      const more = await report(1, ["a"]);
      expect((await list({ atLeast: more })).result.items[0]).toMatchObject({ device: "a", reports: 6 });
      await expect(list({ atLeast: more + 1, waitMs: 1 })).rejects.toMatchObject({ code: "view-behind" });
      const devices = await backbone.bus.request(querySubject("devices.list"), { params: {}, atLeast: 2 });
      expect(devices).toMatchObject({ seq: 2, result: { total: 2 } });
    },
  );

  it("filters by scope with the current tags in FLEET's views", async () => {
    history.register("a", { tags: ["north"] });
    history.register("b", { tags: ["south"] });
    await append();
    const seq = await report(4, ["a", "b", "unknown"]);
    await started();
    const north = { scope: { tags: ["north"] }, atLeast: seq };
    expect(devicesOf(await list({ atLeast: seq }))).toHaveLength(3);
    expect(devicesOf(await list(north))).toEqual(["a"]);
    expect((await list(north)).result.total).toBe(1);
    history.add("b", { type: "DeviceTagged", data: { device: "b", tags: ["north"], by: "ada" } });
    const tagged = await append();
    await backbone.bus.request(querySubject("devices.list"), { params: {}, atLeast: tagged });
    expect(devicesOf(await list(north))).toEqual(["b", "a"]);
  });

  it("applies each report once despite restarts, with the same rows as a rebuild", async () => {
    history.register("a");
    await append();
    for (let round = 0; round < 4; round++) {
      const seq = await report(3_000, ["a", "b", "c"]);
      const projector = await started();
      // Every second round closes the projector while it still reads.
      if (round % 2 === 1) await list({ atLeast: seq });
      else await new Promise((resolve) => setTimeout(resolve, 15));
      await projector.close();
    }
    await started();
    const answer = await list({ atLeast: reports });
    expect(answer.result.items.reduce((sum, one) => sum + one.reports, 0)).toBe(12_000);
    const rebuilt = await rebuildViews(backbone.log, [lastValues]);
    expect(rebuilt.rows.lastValues).toHaveLength(3);
    expect(dumpViews(directory, [lastValues])).toEqual(rebuilt);
    expect(warnings).toEqual([]);
  });

  it("does not delay FLEET's views, at the start or later", async () => {
    history.register("a");
    await append();
    await report(40_000, ["a", "b", "c"]);
    await started();
    const unanswered = backbone.bus.request(querySubject("values.summary"), { params: {} });
    await expect(unanswered).rejects.toMatchObject({ code: "unavailable" });
    for (let i = 0; i < 5; i++) {
      history.register(`later${i}`);
      const atLeast = await append();
      const answer = await backbone.bus.request(querySubject("devices.list"), { params: {}, atLeast });
      expect(answer).toMatchObject({ result: { total: i + 2 } });
    }
    // FLEET's views have all these events, while TELEMETRY's view still has no rows.
    const still = backbone.bus.request(querySubject("values.summary"), { params: {} });
    await expect(still).rejects.toMatchObject({ code: "unavailable" });
    expect((await list({ atLeast: 40_000, waitMs: 10_000 })).seq).toBe(40_000);
  });

  it("is rebuilt while queries and events continue", async () => {
    history.register("a", { tags: ["north"] });
    await append();
    await report(2_000, ["a", "b"]);
    const projector = await started();
    await list({ atLeast: 2_000 });
    const rebuilt = projector.rebuild();
    let seq = 0;
    let rebuilding = true;
    void rebuilt.finally(() => {
      rebuilding = false;
    });
    while (rebuilding) {
      seq = await report(100, ["a", "b"]);
      expect(devicesOf(await list({ scope: { tags: ["north"] }, atLeast: seq }))).toEqual(["a"]);
      // The log in memory does not yield to the event loop, which the rebuild needs.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await rebuilt;
    seq = await report(10, ["a", "b"]);
    await list({ atLeast: seq });
    expect(dumpViews(directory, [lastValues])).toEqual(await rebuildViews(backbone.log, [lastValues]));
    expect(dumpViews(directory)).toEqual(await rebuildViews(backbone.log));
    expect(files()).toEqual(["telemetry", "views"]);
  });

  it("is rebuilt alone when its version changes; when the view is removed, its files are deleted", async () => {
    history.register("a");
    await append();
    const seq = await report(10, ["a"]);
    const first = await started();
    await list({ atLeast: seq });
    await first.close();
    const before = readdirSync(directory).find((name) => name.startsWith("views-"));
    const newer = { ...values, projections: [{ ...lastValues, version: 2 }] };
    const second = await started([...FLEET_VIEWS, newer]);
    await list({ atLeast: seq });
    expect(files()).toEqual(["telemetry", "views"]);
    expect(readdirSync(directory)).toContain(before);
    await second.close();
    await started(FLEET_VIEWS);
    expect(files()).toEqual(["views"]);
  });

  it("continues when the stream has dropped the events that it was built from", async () => {
    const limits = { maxBytes: 1024 ** 3, replicas: 1 };
    const streams = declareStreams({ FLEET: limits, TELEMETRY: { ...limits, maxBytes: 2_000 }, ACCESS: limits });
    const server = new MemoryServer({ streams });
    backbone = memoryBackbone({ server });
    const seq = await report(20, ["a"]);
    const first = await started();
    await list({ atLeast: seq });
    await first.close();
    const later = await report(20, ["b"]);
    expect((await backbone.log.state("TELEMETRY")).firstSeq).toBeGreaterThan(20);
    await started();
    expect(devicesOf(await list({ atLeast: later }))).toEqual(["b", "a"]);
    expect(warnings).toEqual([]);
  });

  it("is rebuilt when its stream was replaced, without rebuilding FLEET's views", async () => {
    history.register("a");
    await append();
    const first = await started();
    await report(10, ["a"]);
    await list({ atLeast: 10 });
    await first.close();
    const other = memoryBackbone();
    history = new History();
    history.register("a");
    await append(history.events, other);
    backbone = other;
    await report(3, ["b"]);
    await started();
    expect(devicesOf(await list({ atLeast: 3 }))).toEqual(["b"]);
    expect(warnings.join()).toMatch(/the log ends at 3, before the checkpoint 10/);
    expect(warnings).toHaveLength(1);
  });

  it("publishes changed rows with their stream, account and tags", async () => {
    history.register("a", { tags: ["north"] });
    await append();
    await started();
    const changes: Changed[] = [];
    backbone.bus.subscribe(changedSubject("lastValues"), ({ data }) => changes.push(data as Changed));
    await list();
    const seq = await report(1, ["a"]);
    await list({ atLeast: seq });
    const north = { account: "main", tags: ["north"] };
    const scopes = [{ before: north, after: north }];
    expect(changes.at(-1)).toEqual({ seq, stream: "TELEMETRY", keys: ["a"], scopes });
  });

  it("refuses projections of two streams", () => {
    const mixed = { ...values, projections: [{ ...lastValues, categories: ["telemetry", "device"] as const }] };
    expect(() => new Projector({ backbone, id: "p1", logger, views: [mixed] })).toThrow(/one stream/);
  });
});

function files(): string[] {
  const names = readdirSync(directory).filter((name) => /^(views|telemetry)-.*\.sqlite$/.test(name));
  return names.map((name) => name.split("-")[0] ?? "").sort();
}
