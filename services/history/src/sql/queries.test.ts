import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CATEGORIES, FleetError, type Person, parseSubject, type RecordedEvent, type Scope } from "@fleetlog/domain";
import { readableCategories } from "@fleetlog/identity";
import type { SqlFormat, SqlHead } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { visibleDevices } from "../access/visible.ts";
import { StoredAsOf } from "../as-of/stored-as-of.ts";
import { visibleTo } from "../kurrent/access/visible.ts";
import type { HistoryStore } from "../store/history-store.ts";
import { ownedIn } from "../testing/owned.ts";
import { ofStream, randomHistory, withMoves } from "../testing/random-history.ts";
import { feed, openStores, workspace } from "../testing/stores.ts";
import { AnswerSpace } from "./answer-space.ts";
import type { UpTo } from "./process/messages.ts";
import { Queries, type QueriesOptions, type QuerySettings } from "./queries.ts";
import { QueryProcess } from "./query-process.ts";

const history = withMoves(randomHistory(20, 600, 11));
const fleet = ofStream(history, "FLEET");
const newest = fleet.at(-1)?.seq ?? 0;
const never = new AbortController().signal;
const ENDLESS = "SELECT count(*) FROM range(1000000000000)";
let place: Awaited<ReturnType<typeof workspace>>;
let store: HistoryStore;
let asOf: StoredAsOf;
let queries: Queries;

beforeAll(async () => {
  place = await workspace();
  const { duck } = place;
  const stores = await openStores(place, { sealEvery: 300, baseEvery: 100 });
  for (const [stream, one] of stores) await feed(one, ofStream(history, stream));
  store = stores.get("FLEET") as HistoryStore;
  asOf = new StoredAsOf({ duck, stores, owned: ownedIn(fleet), goal: () => newest, now: Date.now });
  queries = await opened(LIMITS);
}, 60_000);
afterAll(async () => {
  await queries.close();
  await asOf.close();
  place.remove();
});

const LIMITS = { processes: 2, memory: 128 * 1024 ** 2, timeMs: 30_000 };
let folders = 0;
async function opened(
  settings: Omit<QuerySettings, "priority">,
  space = new AnswerSpace(),
  devicesWithin: QueriesOptions["devicesWithin"] = (scope) => visibleDevices(scope, ownedIn(fleet)),
): Promise<Queries> {
  return new Queries({
    store,
    session: await place.duck.connect(),
    telemetry: { take: async () => ({ files: [], repeats: [], missing: undefined, expectWhole() {}, release() {} }) },
    directory: join(place.directory, `sql${++folders}`),
    devicesWithin,
    settings: { ...settings, priority: "low" },
    space,
  });
}

interface Asked {
  readonly scope?: Scope;
  readonly categories?: readonly (typeof CATEGORIES)[number][];
  readonly limit?: number;
  readonly format?: SqlFormat;
  readonly of?: Queries;
  readonly signal?: AbortSignal;
  readonly upTo?: UpTo;
}

async function answered(sql: string, asked: Asked = {}): Promise<{ head: SqlHead; content: Buffer }> {
  const { scope, categories = CATEGORIES, limit = 100_000, format = "json", of = queries, signal = never } = asked;
  const request = { sql, limit, format, categories, ...(scope && { scope }) };
  const { head, path, release } = await of.run(request, signal, asked.upTo);
  const content = readFileSync(path);
  release();
  return { head, content };
}

async function rows(sql: string, asked: Asked = {}): Promise<unknown[][]> {
  return JSON.parse((await answered(sql, asked)).content.toString());
}

const SCOPES: readonly Scope[] = [
  {},
  { accounts: ["main"] },
  { accounts: ["south"] },
  { tags: tagsOf(1) },
  { accounts: ["south"], tags: tagsOf(3) },
  { accounts: ["main"], tags: tagsOf(1) },
  { accounts: [] },
];

function tagsOf(count: number): string[] {
  const all = history.flatMap(({ data }) => (data as { tags?: string[] }).tags ?? []);
  return [...new Set(all)].slice(0, count);
}

describe("what a caller sees", () => {
  it.each(SCOPES)("is, in the table of events, exactly the events within the scope: %j", async (scope) => {
    const devices = ownedIn(fleet);
    await devices.load();
    for (const role of ["admin", "owner", "analyst"] as const) {
      const person: Person = { kind: "person", id: "p", name: "P", role, scope };
      const isVisible = visibleTo(person, devices) ?? (() => true);
      const expected = fleet.filter((event) => {
        const { category = "device", entity = "" } = parseSubject(event.subject) ?? {};
        return isVisible({ event, place: { category, entity } } as never);
      });
      const found = await rows("SELECT seq, id, type, data IS NULL FROM events ORDER BY seq", {
        scope,
        categories: readableCategories(person),
      });
      expect(found).toEqual(
        expected.map(({ seq, id, type, subject }) => [seq, id, type, subject.startsWith("fleet.person.")]),
      );
    }
  });

  it.each(SCOPES)("equals, in the tables of devices and commands, the views' answers: %j", async (scope) => {
    const moments = [newest, newest - 5, Math.floor(newest / 3)];
    for (const seq of moments) {
      const moment = await asOf.resolve(seq);
      const isNow = seq === newest;
      const from = (table: string) => (isNow ? table : `${table}_asof(${seq})`);
      const list = async (query: string, params: object) => {
        const page = (await asOf.answer(query, params, scope, moment)) as { items: { id: string }[] };
        return page.items.map(({ id }) => id).sort();
      };
      const ids = async (sql: string) => (await rows(sql, { scope })).map(([id]) => id).sort();
      expect(await ids(`SELECT id FROM ${from("devices")} WHERE NOT retired`)).toEqual(
        await list("devices.list", { limit: 500 }),
      );
      expect(await ids(`SELECT device FROM ${from("status")} WHERE status <> 'retired'`)).toEqual(
        await list("devices.list", { limit: 500 }),
      );
      const states = ["issued", "delivered", "completed", "failed", "expired", "cancelled"];
      expect(await ids(`SELECT id FROM ${from("commands")}`)).toEqual(
        await list("commands.list", { state: states, limit: 500 }),
      );
    }
  });

  it("begins, in the tables of versions, when the device came to the account", async () => {
    const scope = { accounts: ["south"] };
    const since = new Map(
      (
        await rows(
          "SELECT entity, max(seq) FROM events WHERE type = 'DeviceMoved' AND (data->>'history') = 'stays' GROUP BY 1",
        )
      ).map(([device, seq]) => [device, Number(seq)]),
    );
    expect(since.size).toBeGreaterThanOrEqual(4);
    for (const table of ["devices_versions", "status_versions", "commands_versions"]) {
      const id = table.startsWith("devices") ? "id" : "device";
      const found = await rows(`SELECT ${id}, seq FROM ${table}`, { scope });
      const own = await rows("SELECT id FROM devices", { scope });
      expect(own.flat()).toEqual(expect.arrayContaining(found.map(([device]) => device)));
      for (const [device, seq] of found) expect(Number(seq)).toBeGreaterThanOrEqual(since.get(String(device)) ?? 0);
    }
    const all = await rows("SELECT count(*) FROM devices_versions");
    expect(Number(all[0]?.[0])).toBeGreaterThan((await rows("SELECT * FROM devices_versions", { scope })).length);
  });

  it("does not depend on hidden rows: conditions are not evaluated on them", async () => {
    const scope = { accounts: ["south"] };
    const [[hidden] = []] = await rows("SELECT id FROM devices WHERE account = 'main' LIMIT 1");
    for (const [table, id] of [
      ["devices", "id"],
      ["devices_versions", "id"],
      [`devices_asof(${newest - 1})`, "id"],
      ["status", "device"],
      ["events", "entity"],
    ]) {
      const sql = `SELECT count(*) FROM ${table} WHERE CASE WHEN ${id} = '${hidden}' THEN CAST(${id} AS INT) > 0 ELSE true END`;
      await expect(rows(sql)).rejects.toMatchObject({ code: "invalid-request", field: "sql" });
      expect(await rows(sql, { scope })).toHaveLength(1);
    }
  });

  it("is the same if a WITH query has the name of an internal table", async () => {
    const scope = { accounts: ["south"] };
    const own = await rows("SELECT id FROM devices ORDER BY id", { scope });
    const sql = `WITH scope_devices AS (SELECT id AS key, 0 AS since FROM (VALUES ('x')) v(id)), memory AS (SELECT 1), main AS (SELECT 2)
      SELECT id FROM devices ORDER BY id`;
    expect(await rows(sql, { scope })).toEqual(own);
  });
});

describe("versions", () => {
  it("name the event that made them, the event's cause, and the next version's sequence", async () => {
    const found = await rows(
      `SELECT v.device, v.seq, v."untilSeq", v.event, v."eventType", v.cause, epoch_ms(v.time)
       FROM status_versions v ORDER BY v.device, v.seq`,
    );
    expect(found.length).toBeGreaterThan(30);
    for (const [i, [device, seq, until, event, type, cause, at]] of found.entries()) {
      const made = fleet.find((one) => one.seq === seq);
      expect([event, type, cause, at]).toEqual([
        made?.id,
        made?.type,
        made?.causationid ?? null,
        Date.parse(made?.time ?? ""),
      ]);
      const [next, nextSeq] = found[i + 1] ?? [];
      expect(until).toBe(next === device ? nextSeq : null);
    }
  });

  it("are the same whichever columns are read", async () => {
    const all = await rows("SELECT * FROM devices_versions ORDER BY id, seq");
    expect(await rows("SELECT id, seq FROM devices_versions ORDER BY id, seq")).toEqual(
      all.map((row) => [row[0], row[13]]),
    );
    expect(await rows("SELECT v FROM devices_versions v ORDER BY v.id, v.seq LIMIT 1")).toMatchObject([
      [{ id: all[0]?.[0], event: all[0]?.[16] }],
    ]);
  });
});

it("events of gateways belong to no account", async () => {
  const found = await rows("SELECT category, account IS NULL, count(*) FROM events GROUP BY ALL ORDER BY ALL");
  expect(found.filter(([, isNone]) => isNone)).toEqual([["gateway", true, expect.any(Number)]]);
  expect(found.length).toBeGreaterThan(3);
});

describe("a statement up to a moment", () => {
  it.each([{}, { accounts: ["south"] }, { tags: tagsOf(1) }])(
    "sees nothing later, and only what the caller may see today: %j",
    async (scope: Scope) => {
      for (const seq of [newest - 5, Math.floor(newest / 3)]) {
        const upTo = { seq, time: "2026-01-01T00:00:00Z" };
        const then = (sql: string) => rows(sql, { scope, upTo });
        const now = (sql: string) => rows(sql, { scope });
        for (const table of ["events", "devices_versions", "status_versions"]) {
          expect(await then(`SELECT seq FROM ${table} ORDER BY ALL`), table).toEqual(
            await now(`SELECT seq FROM ${table} WHERE seq <= ${seq} ORDER BY ALL`),
          );
        }
        for (const table of ["devices", "status", "commands"]) {
          expect(await then(`SELECT * FROM ${table} ORDER BY ALL`), table).toEqual(
            await now(`SELECT * FROM ${table}_asof(${seq}) ORDER BY ALL`),
          );
        }
        expect(await then('SELECT count(*) FROM devices_versions WHERE "untilSeq" IS NULL')).toEqual(
          await then("SELECT count(*) FROM devices"),
        );
        await expect(then(`SELECT * FROM devices_asof(${seq + 1})`)).rejects.toMatchObject({ field: "sql" });
      }
    },
  );
});

// DuckDB 1.5.6 moves the condition of a join below an inner LIMIT, unless that is disabled (duckdb/duckdb#22924).
it("a LIMIT inside of a statement selects the same rows, whatever is joined to them", async () => {
  const [[first] = []] = await rows("SELECT id FROM events ORDER BY seq LIMIT 1");
  const newestEvents = "SELECT e.id, e.seq FROM events e JOIN devices d ON e.device = d.id ORDER BY e.seq DESC LIMIT 3";
  const found = await rows(newestEvents);
  expect(found).toHaveLength(3);
  for (const [id] of [...found, [first]]) {
    const expected = found.filter((row) => row[0] === id);
    expect(await rows(`SELECT n.* FROM (${newestEvents}) n JOIN (VALUES ('${id}')) o(id) ON n.id = o.id`)).toEqual(
      expected,
    );
    expect(await rows(`SELECT * FROM (${newestEvents}) WHERE id IN (SELECT unnest(['${id}']))`)).toEqual(expected);
  }
});

describe("answers", () => {
  it("are JSON, CSV or Parquet", async () => {
    const sql = `SELECT 1 AS n, 'a "b", ' AS t, NULL AS none, '' AS empty, 9007199254740993 AS big, '=1+1' AS f,
      TIMESTAMPTZ '2026-01-31 12:00:00.5Z' AS at, ['x', NULL] AS l, {'a': 1.5} AS s, 'NaN'::DOUBLE AS nan, '{"k":[1]}'::JSON AS j`;
    const json = await answered(sql);
    expect(json.head).toMatchObject({ rows: 1, truncated: false });
    expect(json.head.columns.slice(0, 2)).toEqual([
      { name: "n", type: "INTEGER" },
      { name: "t", type: "VARCHAR" },
    ]);
    expect(JSON.parse(json.content.toString())).toEqual([
      [
        1,
        'a "b", ',
        null,
        "",
        "9007199254740993",
        "=1+1",
        "2026-01-31T12:00:00.500Z",
        ["x", null],
        { a: 1.5 },
        "NaN",
        { k: [1] },
      ],
    ]);
    const csv = await answered(sql, { format: "csv" });
    expect(csv.content.toString()).toBe(
      'n,t,none,empty,big,f,at,l,s,nan,j\r\n1,"a ""b"", ",,"",9007199254740993,=1+1,2026-01-31T12:00:00.500Z,"[""x"",null]","{""a"":1.5}",NaN,"{""k"":[1]}"\r\n',
    );
    const parquet = await answered("SELECT seq, type, time FROM events ORDER BY seq", { format: "parquet", limit: 7 });
    expect(parquet.head).toMatchObject({ rows: 7, truncated: true });
    expect(parquet.content.subarray(0, 4).toString()).toBe("PAR1");
  });

  it("have at most the requested number of rows", async () => {
    for (const [limit, truncated] of [
      [4, true],
      [5, false],
      [6, false],
    ] as const) {
      const { head, content } = await answered("SELECT * FROM range(5)", { limit });
      expect(head).toMatchObject({ rows: Math.min(limit, 5), truncated });
      expect(JSON.parse(content.toString())).toHaveLength(Math.min(limit, 5));
    }
    expect(await rows("SELECT * FROM events WHERE false")).toEqual([]);
  });

  it("that are not read yet share a limit of bytes", async () => {
    const space = new AnswerSpace(1_000);
    const [one, replacing] = [await opened(LIMITS, space), await opened(LIMITS, space)];
    try {
      const run = (bytes: number, of = one) =>
        of.run({ sql: `SELECT repeat('x', ${bytes - 6})`, limit: 1, format: "json", categories: [] }, never);
      const first = await run(600);
      expect(statSync(first.path).size).toBe(600);
      // The history may be replaced while answers of the former one are read.
      for (const other of [one, replacing]) {
        await expect(run(401, other)).rejects.toMatchObject({
          code: "history-unavailable",
          message: expect.stringContaining("not read yet"),
        });
      }
      const small = await run(400, replacing);
      expect(readdirSync(dirname(first.path))).toEqual([basename(first.path)]);
      expect(readdirSync(dirname(small.path))).toEqual([basename(small.path)]);
      first.release();
      first.release();
      await expect(run(601)).rejects.toMatchObject({ code: "history-unavailable" });
      (await run(600)).release();
      small.release();
      (await run(1_000)).release();
    } finally {
      await one.close();
      await replacing.close();
    }
  }, 60_000);

  it("leave no files after they were read or refused", async () => {
    await expect(answered("SELECT * FROM evnts")).rejects.toMatchObject({ field: "sql" });
    const folder = join(place.directory, "sql1", "answers");
    expect(readdirSync(folder)).toEqual([]);
    expect(statSync(folder).isDirectory()).toBe(true);
  });
});

describe("limits", () => {
  it("end a statement that takes too long, and the next one runs", async () => {
    const short = await opened({ processes: 1, memory: 128 * 1024 ** 2, timeMs: 2_000 });
    // On a busy machine, any statement can take that long.
    const answers = (sql: string) => expect.poll(() => rows(sql, { of: short }).catch(String), { timeout: 60_000 });
    try {
      await answers("SELECT 1").toEqual([[1]]);
      const [first] = short.pids;
      for (const sql of [
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM events a, events b, events c, events d WHERE a.id || b.id < c.id || d.id",
      ]) {
        await expect(rows(sql, { of: short })).rejects.toMatchObject({
          code: "query-limit",
          message: "the query ran longer than 2s",
        });
      }
      await answers("SELECT 2").toEqual([[2]]);
      expect(short.pids).not.toContain(first);
    } finally {
      await short.close();
    }
  }, 150_000);

  it("end a statement that needs too much memory", async () => {
    // The time limit is long enough for a busy machine.
    const small = await opened({ processes: 1, memory: 128 * 1024 ** 2, timeMs: 90_000 });
    try {
      for (const sql of [
        "SELECT repeat('x', 2000000000)",
        "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(5000)",
      ]) {
        const refusal = { code: "query-limit", message: expect.stringContaining("memory") };
        await expect(rows(sql, { of: small })).rejects.toMatchObject(refusal);
      }
      expect(await rows("SELECT 3", { of: small })).toEqual([[3]]);
    } finally {
      await small.close();
    }
  }, 200_000);

  it("end a statement when its caller has gone, and when its process is killed", async () => {
    const abort = new AbortController();
    const waiting = rows(ENDLESS, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error("gone")), 300);
    await expect(waiting).rejects.toThrow("gone");
    const killed = rows(ENDLESS);
    const killing = setInterval(() => {
      for (const pid of queries.pids) if (pid !== undefined) process.kill(pid, "SIGKILL");
    }, 300);
    const error = await killed.catch((thrown: unknown) => thrown);
    clearInterval(killing);
    expect(error).toMatchObject({ code: "history-unavailable" });
    expect(await rows("SELECT 4")).toEqual([[4]]);
  }, 30_000);

  it("tell a running statement for how long another one has waited for its turn", async () => {
    const single = await opened({ ...LIMITS, processes: 1 });
    const run = vi.spyOn(QueryProcess.prototype, "run");
    try {
      const abort = new AbortController();
      const first = rows(ENDLESS, { of: single, signal: abort.signal });
      await vi.waitUntil(() => run.mock.calls.length > 0, { timeout: 20_000 });
      const othersWaitMs = run.mock.calls[0]?.[3];
      expect(othersWaitMs?.()).toBeUndefined();
      const second = rows("SELECT 6", { of: single });
      await vi.waitUntil(() => (othersWaitMs?.() ?? 0) > 20);
      abort.abort(new Error("gone"));
      await expect(first).rejects.toThrow("gone");
      expect(await second).toEqual([[6]]);
    } finally {
      run.mockRestore();
      await single.close();
    }
  }, 60_000);

  it("do not run a statement whose caller has gone before its process started", async () => {
    const starting = await opened({ processes: 1, memory: 128 * 1024 ** 2, timeMs: 120_000 });
    try {
      const abort = new AbortController();
      const waiting = rows(ENDLESS, { of: starting, signal: abort.signal });
      await vi.waitUntil(() => starting.pids.length > 0, { interval: 1 });
      abort.abort(new Error("gone"));
      await expect(waiting).rejects.toThrow("gone");
      const pids = starting.pids;
      expect(await rows("SELECT 5", { of: starting })).toEqual([[5]]);
      expect(starting.pids).toEqual(pids);
    } finally {
      await starting.close();
    }
  }, 60_000);
});

it("a query reads the newest events, which are in memory only", async () => {
  const before = Number((await rows("SELECT max(seq) FROM events"))[0]?.[0]);
  expect(before).toBe(newest);
  for (let i = 1; i <= 15; i++) {
    const event = { ...fleet.at(-1), seq: newest + i, id: `more-${i}` } as RecordedEvent;
    await store.apply([event], event.seq);
    expect(await rows("SELECT max(seq), count(*) FROM events")).toEqual([[newest + i, fleet.length + i]]);
  }
  await store.seal();
  expect(await rows("SELECT max(seq), count(*) FROM events")).toEqual([[newest + 15, fleet.length + 15]]);
  expect(readdirSync(join(place.directory, "sql1", "tail"))).toEqual([]);
});

it("a statement sees no event that came after the log was asked for the caller's devices", async () => {
  const scope = { accounts: ["main"] };
  const [{ id } = { id: "" }] = await visibleDevices(scope, ownedIn(fleet));
  const seq = store.seq + 1;
  const of = await opened(LIMITS, undefined, async () => {
    const devices = await visibleDevices(scope, ownedIn(fleet));
    // Meanwhile the device may have left the account.
    const event = { ...fleet.at(-1), subject: `fleet.device.${id}`, seq, id: "late" } as RecordedEvent;
    await store.apply([event], seq);
    return devices;
  });
  expect(await rows("SELECT id FROM events WHERE id = 'late'", { scope, of })).toEqual([]);
  expect(await rows("SELECT id FROM events WHERE id = 'late'", { scope })).toEqual([["late"]]);
  await of.close();
}, 60_000);

it("an error with a path of this machine is not a FleetError, so that its text is not sent", async () => {
  const path = join(place.directory, "sql1", "answers");
  rmSync(path, { recursive: true });
  writeFileSync(path, "a file in the place of the folder");
  const error = await rows("SELECT count(data) FROM events").catch((thrown: unknown) => thrown);
  rmSync(path);
  mkdirSync(path);
  // An error that is not a FleetError is logged, and answered without its text.
  expect(error).toMatchObject({ message: expect.stringContaining(path) });
  expect(error).not.toBeInstanceOf(FleetError);
});

it("a statement is refused if a file of the newest rows is changed before it is read", async () => {
  // The caller's devices are looked up after the file was written.
  const of: Queries = await opened(LIMITS, new AnswerSpace(), (scope) => {
    if (isChanging)
      for (const path of newestIn(`sql${folders}`)) writeFileSync(path, readFileSync(path).fill(0, 20, 200));
    return visibleDevices(scope, ownedIn(fleet));
  });
  let isChanging = false;
  try {
    const asked = { of, scope: { accounts: ["main"] } };
    const whole = await rows("SELECT count(*) FROM events", asked);
    isChanging = true;
    await expect(rows("SELECT count(*) FROM events", asked)).rejects.toMatchObject({
      code: "history-unavailable",
      message: "a file of the history was written to while it was read",
    });
    isChanging = false;
    expect(await rows("SELECT count(*) FROM events", asked)).toEqual(whole);
  } finally {
    await of.close();
  }
});

function newestIn(folder: string): string[] {
  const path = join(place.directory, folder, "tail");
  return readdirSync(path).map((name) => join(path, name));
}

it("a statement that has read a damaged file of the history is refused", async () => {
  await store.seal();
  const path = join(store.directory, "s0-events.parquet");
  writeFileSync(path, readFileSync(path).fill(0, 100, 2_000));
  const refusal = { code: "history-unavailable", message: "a file of the history was damaged" };
  await expect(rows("SELECT count(*) FROM events")).rejects.toMatchObject(refusal);
  await expect(rows("SELECT 1")).rejects.toMatchObject(refusal);
});
