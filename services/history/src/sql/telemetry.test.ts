import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CATEGORIES, type Category, parseSubject, type RecordedEvent, type Scope } from "@fleetlog/domain";
import { random } from "@fleetlog/projections/fixtures";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inScope, visibleDevices } from "../access/visible.ts";
import type { HistoryStore } from "../store/history-store.ts";
import { TelemetryArchive } from "../telemetry/archive.ts";
import { TelemetryFiles } from "../telemetry/query-files.ts";
import { ownedIn } from "../testing/owned.ts";
import { ofStream, randomHistory, withMoves } from "../testing/random-history.ts";
import { feed, openStores, silent, workspace } from "../testing/stores.ts";
import { telemetryEvents } from "../testing/telemetry.ts";
import { AnswerSpace } from "./answer-space.ts";
import type { UpTo } from "./process/messages.ts";
import { Queries } from "./queries.ts";

const fleet = ofStream(withMoves(randomHistory(12, 40, 11)), "FLEET");
const telemetry = telemetryEvents(300, random(2)).map(ofDevice);
let place: Awaited<ReturnType<typeof workspace>>;
let archive: TelemetryArchive;
let queries: Queries;
/** Called after the files of a statement were written. */
let changing = () => {};
/** Called before the file of the newest telemetry is written. */
let writing = () => {};

/** The event, assigned to one of 14 devices of the history in turn. Every third event has the account `south`. */
function ofDevice(event: RecordedEvent, i: number): RecordedEvent {
  const device = `device-${String(i % 14).padStart(6, "0")}`;
  const account = i % 3 === 0 ? "south" : undefined;
  const { account: _, ...rest } = event;
  const attributes = { ...rest, subject: `fleet.telemetry.${device}`, source: `/devices/${device}` };
  return { ...attributes, ...(account !== undefined && { account }) } as RecordedEvent;
}

beforeAll(async () => {
  place = await workspace();
  const { duck, directory } = place;
  const stores = await openStores(place);
  const store = stores.get("FLEET") as HistoryStore;
  await feed(store, fleet);
  const retention = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
  const options = { directory: join(directory, "telemetry"), duck, retention, logger: silent, now: Date.now };
  archive = await TelemetryArchive.open({ ...options, span: 100 });
  await archive.apply(telemetry, telemetry.at(-1)?.seq ?? 0);
  const keeper = { take: () => archive.take(), catchUp: async () => {}, checkFiles: () => archive.checkFiles() };
  const session = await duck.connect();
  const run = session.run.bind(session);
  session.run = (sql) => {
    writing();
    return run(sql);
  };
  queries = new Queries({
    store,
    session: await duck.connect(),
    telemetry: new TelemetryFiles(keeper, session, join(directory, "slices")),
    directory: join(directory, "sql"),
    devicesWithin: (scope) => {
      changing();
      return visibleDevices(scope, ownedIn(fleet));
    },
    settings: { processes: 1, memory: 128 * 1024 ** 2, timeMs: 30_000, priority: "low" },
    space: new AnswerSpace(),
  });
}, 60_000);
afterAll(async () => {
  await queries.close();
  archive.close();
  place.remove();
});

async function rows(
  sql: string,
  scope: Scope = {},
  categories: readonly Category[] = CATEGORIES,
  upTo?: UpTo,
): Promise<unknown[][]> {
  const asked = { sql, limit: 10_000, format: "json", scope, categories } as const;
  const { path, release } = await queries.run(asked, new AbortController().signal, upTo);
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } finally {
    release();
  }
}

it.each<Scope>([{}, { accounts: ["main"] }, { accounts: ["south"] }, { tags: ["site-1", "site-2"] }, { accounts: [] }])(
  "the table of telemetry has what the caller may see, each event once: %j",
  async (scope) => {
    const devices = ownedIn(fleet);
    await devices.load();
    const isVisible = inScope(scope, devices) ?? (() => true);
    const ids = new Set<string>();
    const once = telemetry.filter(({ id }) => ids.size < ids.add(id).size);
    const expected = once.filter((event) => {
      const place = parseSubject(event.subject);
      return place !== undefined && isVisible(event, place);
    });
    const found = await rows('SELECT seq, id, device, boot, "bootSeq", data FROM telemetry ORDER BY seq', scope);
    expect(found.map(([seq]) => seq)).toEqual(expected.map(({ seq }) => seq));
    for (const [i, [, id, device, boot, bootSeq, data]] of found.entries()) {
      const event = expected[i];
      const reported = event?.data as { boot: string; seq: number; data: unknown };
      expect([id, boot, bootSeq, data]).toEqual([event?.id, reported.boot, reported.seq, reported.data]);
      expect(event?.source).toBe(`/devices/${device}`);
    }
    if (scope.accounts?.length !== 0) expect(found.length).toBeGreaterThan(10);
  },
);

it("the table of telemetry has, up to a moment, what gateways had received until then", async () => {
  const sql = "SELECT seq FROM telemetry ORDER BY seq";
  const time = telemetry[150]?.time ?? "";
  const then = await rows(sql, {}, CATEGORIES, { seq: 1, time });
  expect(then.length).toBeGreaterThan(10);
  expect(then).toEqual(await rows(sql.replace("ORDER", `WHERE time <= '${time}' ORDER`)));
  expect(then.length).toBeLessThan((await rows(sql)).length);
});

it("the table of telemetry has no rows for a role that may not read telemetry", async () => {
  expect(await rows("SELECT count(*) FROM telemetry", {}, ["device"])).toEqual([[0]]);
});

it("a statement is refused if the file of the newest telemetry is changed before it is read", async () => {
  const folder = join(place.directory, "slices");
  changing = () => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      writeFileSync(path, readFileSync(path).fill(0, 20, 100));
    }
  };
  const sql = "SELECT count(*) FROM telemetry";
  const refusal = { message: "a file of the history was written to while it was read" };
  await expect(rows(sql, { accounts: ["main"] })).rejects.toMatchObject(refusal);
  changing = () => {};
  expect(await rows(sql, { accounts: ["main"] })).toEqual([[expect.any(Number)]]);
});

it("a statement is refused if a file of the archive is changed while the newest telemetry is written", async () => {
  const [{ file } = expect.fail("no part")] = archive.manifest.parts;
  const path = join(place.directory, "telemetry", file.name);
  const bytes = readFileSync(path);
  const sql = "SELECT count(*) FROM telemetry";
  const whole = await rows(sql);
  writing = () => writeFileSync(path, bytes);
  const refusal = { message: "a file of the history was written to while it was read" };
  await expect(rows(sql)).rejects.toMatchObject(refusal);
  writing = () => {};
  expect(await rows(sql)).toEqual(whole);
});

it("answers about telemetry name the sequences of missing files, for callers who may read telemetry", async () => {
  const [{ file, firstSeq, lastSeq, events } = expect.fail("no part")] = archive.manifest.parts;
  const path = join(place.directory, "telemetry", file.name);
  const bytes = readFileSync(path);
  rmSync(path);
  const headOf = async (sql: string, categories: readonly Category[] = CATEGORIES) => {
    const asked = { sql, limit: 10, format: "csv", scope: {}, categories } as const;
    const { head, release } = await queries.run(asked, new AbortController().signal);
    release();
    return head;
  };
  const telemetrySql = "SELECT min(seq) FROM telemetry";
  expect((await headOf(telemetrySql)).missing).toEqual({ events, ranges: [{ from: firstSeq, to: lastSeq }] });
  expect(await headOf("SELECT 1 AS one")).not.toHaveProperty("missing");
  expect(await headOf(telemetrySql, ["device"])).not.toHaveProperty("missing");
  writeFileSync(path, bytes);
  await archive.repairs.restore();
  expect(await headOf(telemetrySql)).not.toHaveProperty("missing");
});

it("the table of telemetry is joined and grouped like the other tables", async () => {
  const [[devices, values] = []] = await rows(
    "SELECT count(DISTINCT d.id), count((t.data->>'value')::DOUBLE) FROM telemetry t JOIN devices d ON d.id = t.device",
  );
  expect(devices).toBe(12);
  expect(values).toBeGreaterThan(100);
});
