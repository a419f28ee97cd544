import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RecordedEvent } from "@fleetlog/domain";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { type Queries, type QueryAnswer, type QueryName, querySubject } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dumpViews, rebuildViews } from "./dump.ts";
import { History } from "./fixtures/history.ts";
import { Projector } from "./projector.ts";
import { FLEET_VIEWS } from "./views/index.ts";

const DEVICES = 2_000;

let backbone: MemoryBackbone;
let directory: string;
let history: History;
let warnings: string[];
let running: Projector | undefined;

/** Builds a projector's files in `directory`. No process uses them when a test begins. */
beforeEach(async () => {
  backbone = memoryBackbone();
  directory = mkdtempSync(join(tmpdir(), "fleetlog-damaged-"));
  warnings = [];
  history = new History();
  for (let n = 0; n < DEVICES; n++) history.register(`device-${n}`, { name: `Pump ${n}` });
  await append(history.events);
  const first = projector();
  await first.start();
  await first.close();
});
afterEach(async () => {
  await running?.close();
  await backbone.close();
  rmSync(directory, { recursive: true, force: true });
});

function projector(): Projector {
  const logger = { info() {}, warn: (_: object, message: string) => void warnings.push(message), error() {} };
  running = new Projector({ backbone, id: "p1", directory, logger, views: FLEET_VIEWS });
  return running;
}

async function append(events: readonly RecordedEvent[]): Promise<void> {
  for (const { seq: _, stream: __, ...event } of events) await backbone.log.append(event);
}

function ask<N extends QueryName>(name: N, params: Queries[N]["params"]): Promise<QueryAnswer<N>> {
  return backbone.bus.request(querySubject(name), { params }) as Promise<QueryAnswer<N>>;
}

function viewsFile(): string {
  const [name = ""] = readdirSync(directory).filter((file) => /^views.*\.sqlite$/.test(file));
  return join(directory, name);
}

/** Fills the first page of a table or an index with zeros. */
function zero(name: string): void {
  const file = viewsFile();
  const db = new DatabaseSync(file);
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name GLOB ?").get(name)?.rootpage);
  const size = Number(db.prepare("PRAGMA page_size").get()?.page_size);
  db.close();
  writeFileSync(file, readFileSync(file).fill(0, (root - 1) * size, root * size));
}

function cutRows(): void {
  const db = new DatabaseSync(viewsFile());
  db.exec("UPDATE registry SET row = substr(row, 1, 40)");
  db.close();
}

async function expectRebuilt(): Promise<void> {
  expect(warnings).toEqual([expect.stringContaining("the views' file is damaged")]);
  expect(dumpViews(directory)).toEqual(await rebuildViews(backbone.log));
}

describe("Projector, of which the views' file is damaged", () => {
  it("rebuilds the views when a query fails", async () => {
    // The projector reads the tables and the checkpoint at its start. It reads this index only for queries.
    zero("registry_by_key_retired_search*");
    await projector().start();
    const all = async () => {
      const answers = [ask("devices.list", { search: "pump" })];
      for (let n = 0; n < DEVICES; n += 100) answers.push(ask("devices.list", { search: `pump ${n}`, limit: 1 }));
      return Promise.all(answers);
    };
    // On a busy machine, the first query may be refused because no projector answers yet.
    await expect(all()).rejects.toMatchObject({ code: expect.stringMatching(/^(view-)?unavailable$/) });
    await vi.waitFor(async () => expect((await all())[0]?.result.total).toBe(DEVICES), 20_000);
    await expectRebuilt();
  });

  it.each([
    ["the applied ids can't be read", () => zero("applied")],
    ["a view's rows can't be read", () => zero("registry")],
    ["a row is not JSON", cutRows],
  ])("rebuilds the views when %s while events are applied, and goes on", async (_, damage) => {
    damage();
    const before = history.events.length;
    history.retire("device-7");
    await append(history.events.slice(before));
    const failed = vi.fn();
    const started = projector();
    started.failed.catch(failed);
    await started.start();
    expect((await ask("devices.list", {})).result.total).toBe(DEVICES - 1);
    expect(failed).not.toHaveBeenCalled();
    await expectRebuilt();
  });

  it("rebuilds the views if the damage is found only after they serve queries", async () => {
    zero("registry");
    const failed = vi.fn();
    const started = projector();
    started.failed.catch(failed);
    await started.start();
    const before = history.events.length;
    history.retire("device-7");
    await append(history.events.slice(before));
    await vi.waitFor(async () => expect((await ask("devices.list", {})).result.total).toBe(DEVICES - 1), 20_000);
    expect(failed).not.toHaveBeenCalled();
    await expectRebuilt();
  });
});
