import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordedEvent, toEvent } from "@fleetlog/domain";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { querySubject } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dumpViews, rebuildViews } from "./dump.ts";
import { History } from "./fixtures/history.ts";
import { lastValues } from "./fixtures/last-values.ts";
import { Projector } from "./projector.ts";
import { ViewStore } from "./store/store.ts";
import { FLEET_PROJECTIONS, FLEET_VIEWS } from "./views/index.ts";

const logger = { info() {}, warn() {}, error() {} };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fleetlog-repeats-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function measured(id: string, seq: number, device: string): RecordedEvent {
  const frame = { id, source: `/devices/${device}`, time: new Date(seq).toISOString(), entity: device };
  const event = toEvent({ type: "TelemetryReported", data: { data: { seq } } }, frame);
  return { ...event, seq, stream: "TELEMETRY" } as RecordedEvent;
}

function open(projections = [lastValues] as ConstructorParameters<typeof ViewStore>[0]["projections"]): ViewStore {
  return new ViewStore({ path: join(directory, "views.sqlite"), projections });
}

function reportsOf(store: ViewStore, device: string): number | undefined {
  return store.queryOne<{ reports: number }>("SELECT reports FROM lastValues WHERE key = ?", device)?.reports;
}

describe("an event that is in the log twice", () => {
  it.each([1, 1_000, 300_000])("counts once, at a distance of %i events and across a restart", (distance) => {
    const before = open();
    before.apply([measured("a:1:1", 1, "a"), measured("a:1:2", 2, "a")], 2);
    before.commit();
    let seq = 2;
    // Many small transactions, then a large one.
    for (const [count, commitsEach] of [[distance >> 1, true] as const, [distance - (distance >> 1), false] as const]) {
      for (let left = count; left > 0; left -= 10_000) {
        const others = Array.from({ length: Math.min(left, 10_000) }, () => measured(`b:1:${++seq}`, seq, "b"));
        before.apply(others, seq);
        if (commitsEach) before.commit();
      }
      before.commit();
    }
    const largest = before.queryOne<{ bytes: number }>("SELECT max(length(ids)) AS bytes FROM applied");
    expect(largest?.bytes).toBeLessThan(8 * 80_000);
    before.close();

    const after = open();
    const repeats = [measured("a:1:2", seq + 1, "a"), measured("a:1:1", seq + 2, "a"), measured("a:1:3", seq + 3, "a")];
    after.apply(repeats, seq + 3);
    after.commit();
    expect(reportsOf(after, "a")).toBe(3);
    expect(reportsOf(after, "b")).toBe(distance);
    expect(after.meta.checkpoint).toBe(seq + 3);
    after.close();
  });

  it("counts once within one batch and one transaction, and after a crash before the commit", () => {
    const crashed = open();
    crashed.apply([measured("a:1:1", 1, "a"), measured("a:1:1", 2, "a")], 2);
    crashed.close();
    const store = open();
    store.apply([measured("a:1:1", 1, "a"), measured("a:1:1", 2, "a")], 2);
    store.apply([measured("a:1:1", 3, "a")], 3);
    store.commit();
    expect(reportsOf(store, "a")).toBe(1);
    store.close();
  });

  it("counts once over 2,000 transactions and five restarts, with at most 310 rows of stored ids", () => {
    const path = join(directory, "views.sqlite");
    let seq = 0;
    const rows = (store: ViewStore) => store.queryOne<{ n: number }>("SELECT count(*) AS n FROM applied")?.n ?? 0;
    for (let restart = 0; restart < 5; restart++) {
      const store = new ViewStore({ path, projections: [lastValues], rememberedIds: 100 });
      for (let i = 0; i < 400; i++) {
        store.apply([measured(`a:1:${++seq}`, seq, "a")], seq);
        store.commit();
        expect(rows(store)).toBeLessThanOrEqual(310);
      }
      store.apply([measured(`a:1:${seq - 99}`, seq + 1, "a")], ++seq);
      store.commit();
      expect(reportsOf(store, "a")).toBe(seq - restart - 1);
      store.close();
    }
  });

  it("changes no row of FLEET's views: a name, a closed session and a retired device stay as they are", () => {
    const history = new History();
    const registered = history.register("a", { name: "Pump" });
    const opened = history.open("a");
    history.close("a", opened.seq, "lost");
    history.retire("a");
    history.register("b", { name: "Fan" });
    const once = open(FLEET_PROJECTIONS);
    once.apply(history.events, history.seq);
    once.commit();
    const dump = () => FLEET_PROJECTIONS.map(({ name }) => once.query(`SELECT * FROM ${name} ORDER BY key`));
    const rows = dump();
    const again = [registered, opened].map((event, i) => ({ ...event, seq: history.seq + 1 + i }));
    once.apply(again, history.seq + 2);
    once.commit();
    expect(dump()).toEqual(rows);
    once.close();
  });

  it("counts once in a projector that was restarted between both copies, and in a rebuild", async () => {
    let now = Date.now();
    const backbone: MemoryBackbone = memoryBackbone({ clock: () => now });
    const start = async () => {
      const projector = new Projector({ backbone, id: "p1", directory, logger, views: FLEET_VIEWS });
      await projector.start();
      return projector;
    };
    const append = async (events: readonly RecordedEvent[]) => {
      let last = { seq: 0, duplicate: false };
      for (const { seq: _, stream: __, ...event } of events) last = await backbone.log.append(event);
      return last;
    };
    const history = new History();
    const registered = history.register("a", { name: "Pump" });
    history.retire("a");
    await append(history.events);
    const first = await start();
    await first.close();

    now += 10 * 60_000;
    expect((await append([registered])).duplicate).toBe(false);
    const second = await start();
    const answer = await backbone.bus.request(querySubject("devices.get"), { params: { id: "a" }, atLeast: 3 });
    expect(answer).toMatchObject({ seq: 3, result: { status: "retired" } });
    expect(dumpViews(directory)).toEqual(await rebuildViews(backbone.log));
    await second.close();
    await backbone.close();
  });
});
