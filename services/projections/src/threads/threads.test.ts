import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { type ListDevicesQuery, type Queries, type QueryName, querySubject } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { History } from "../fixtures/history.ts";
import { Projector } from "../projector.ts";

const logger = { info() {}, warn() {}, error() {} };
const DEVICES = Array.from({ length: 12 }, (_, i) => `d${String(i).padStart(2, "0")}`);

let backbone: MemoryBackbone;
let directory: string;
let projector: Projector;
let history: History;

beforeEach(async () => {
  backbone = memoryBackbone();
  directory = mkdtempSync(join(tmpdir(), "fleetlog-threads-"));
  history = new History();
  for (const id of DEVICES) history.register(id, { tags: ["pump"] });
  await append();
  // These views are so small that the projector would answer without threads.
  projector = new Projector({ backbone, id: "p.1", directory, logger, smallViews: 0 });
  await projector.start();
});
afterEach(async () => {
  await projector.close();
  await backbone.close();
  rmSync(directory, { recursive: true, force: true });
});

async function append(): Promise<void> {
  for (const { seq: _, stream: __, ...event } of history.events.splice(0)) await backbone.log.append(event);
}

async function ask<N extends QueryName>(name: N, params: Queries[N]["params"]): Promise<Queries[N]["result"]> {
  // The first long query starts a thread, which may take seconds on a busy machine.
  const options = { timeoutMs: 25_000 };
  const answer = await backbone.bus.request(querySubject(name), { params, atLeast: history.seq }, options);
  return (answer as { result: Queries[N]["result"] }).result;
}

async function pages(query: ListDevicesQuery, change: (page: number) => void) {
  const ids: string[] = [];
  const totals = new Set<number>();
  let changed = false;
  for (let cursor: string | null | undefined, page = 0; cursor !== null; page++) {
    if (page > 0) change(page);
    await append();
    const answer = await ask("devices.list", { ...query, limit: 3, ...(cursor && { cursor }) });
    for (const { id } of answer.items) ids.push(id);
    totals.add(answer.total);
    changed ||= answer.changed === true;
    cursor = answer.next;
  }
  return { ids, totals: [...totals], changed };
}

/** The last device becomes the first of its order, and a new device joins. */
function stir(page: number): void {
  history.open(DEVICES[DEVICES.length - page] ?? "");
  history.register(`new${page}`, { tags: ["pump"] });
}

describe("long queries", () => {
  it("answers a query by id before eight earlier searches", async () => {
    const order: string[] = [];
    const searches = Array.from({ length: 8 }, async () => {
      await ask("devices.list", { search: "d" });
      order.push("search");
    });
    expect(await ask("devices.get", { id: "d00" })).toMatchObject({ id: "d00" });
    expect(order).toEqual([]);
    await Promise.all(searches);
    expect(order).toHaveLength(8);
  });

  it("refuses an invalid cursor and names its field, as short queries do", async () => {
    const refused = ask("devices.list", { search: "d", cursor: "x" });
    await expect(refused).rejects.toMatchObject({
      code: "invalid-request",
      field: "cursor",
      advice: expect.stringMatching(/next/),
    });
  });

  it("gives the same answers in the projector's own thread and in the threads", async () => {
    history.open("d03");
    await append();
    const queries = [
      { search: "d0" },
      { sort: "attention", counts: true },
      { tag: "pump", status: "connected" },
    ] as const;
    const answers = () => Promise.all(queries.map((query) => ask("devices.list", query)));
    const expected = await answers();
    await projector.close();
    projector = new Projector({ backbone, id: "p2", logger });
    await projector.start();
    expect(await answers()).toEqual(expected);
  });
});

describe("the pages of one list", () => {
  it.each<ListDevicesQuery>([
    { sort: "attention" },
    { sort: "-status" },
    { sort: "since" },
    { sort: "-lastSeen" },
    { search: "d", sort: "attention" },
    { tag: "pump", sort: "-since" },
    { status: "never-connected" },
  ])("are one consistent answer by %j while devices change their place", async (query) => {
    const { items } = await ask("devices.list", { ...query, limit: 100 });
    const expected = items.map(({ id }) => id);
    expect(await pages(query, stir)).toEqual({ ids: expected, totals: [DEVICES.length], changed: false });
    expect((await ask("devices.list", { ...query, limit: 100 })).items.map(({ id }) => id)).not.toEqual(expected);
  });

  it("are read by offset from the state of the first page", async () => {
    const expected = (await ask("devices.list", { sort: "-since", limit: 100 })).items.map(({ id }) => id);
    const { next } = await ask("devices.list", { sort: "-since", limit: 3 });
    stir(1);
    await append();
    const within = await ask("devices.list", { sort: "-since", limit: 4, offset: 6, within: next ?? "" });
    expect(within.items.map(({ id }) => id)).toEqual(expected.slice(6, 10));
    expect(within.changed).toBeUndefined();
    const now = await ask("devices.list", { sort: "-since", limit: 4, offset: 6 });
    expect(now.items.map(({ id }) => id)).not.toEqual(expected.slice(6, 10));
  });

  it("say that devices may have moved, once the state of the first page is gone", async () => {
    const { next } = await ask("devices.list", { sort: "attention", limit: 3 });
    await projector.rebuild();
    expect(await ask("devices.list", { sort: "attention", limit: 3, cursor: next ?? "" })).not.toHaveProperty(
      "changed",
    );
    history.open("d11");
    await append();
    const second = await ask("devices.list", { sort: "attention", limit: 3, cursor: next ?? "" });
    expect(second.changed).toBe(true);
    // Later pages agree with each other, but not with the first page.
    expect((await ask("devices.list", { sort: "attention", limit: 3, cursor: second.next ?? "" })).changed).toBe(true);
  });
});
