import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { goldenLogs } from "@fleetlog/domain/fixtures";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Duck } from "../store/duck.ts";
import { workspace } from "../testing/stores.ts";
import { writeParquet } from "./parquet.ts";

const golden = goldenLogs().flatMap((log) => log.events);
let place: Awaited<ReturnType<typeof workspace>>;
let ducks: Duck[];
beforeAll(async () => {
  place = await workspace();
  const open = (name: string) =>
    Duck.open({ memory: 200e6, threads: 1, spill: join(place.directory, name), ordered: true });
  ducks = [await open("spill1"), await open("spill2")];
});
afterAll(() => {
  for (const duck of ducks) duck.close();
  place.remove();
});

async function* from(events: Iterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
  yield* events;
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const session = await place.duck.connect();
  try {
    const columns = "* REPLACE (epoch_ms(time) AS time, epoch_ms(devicetime) AS devicetime)";
    return await session.all(`SELECT ${columns} FROM read_parquet('${path}')`);
  } finally {
    session.close();
  }
}

it("a file has a typed row for each event, in the order of the events", async () => {
  const path = join(place.directory, "golden.parquet");
  expect(await writeParquet(ducks[0] as Duck, path, from(golden))).toBe(golden.length);
  const rows = await rowsOf(path);
  expect(rows).toHaveLength(golden.length);
  for (const [i, event] of golden.entries()) {
    const { seq, id, type, time, devicetime, gateway = null, traceparent = null } = event;
    const at = devicetime === undefined ? null : Date.parse(devicetime);
    expect(rows[i]).toMatchObject({ seq, id, type, gateway, traceparent, time: Date.parse(time), devicetime: at });
    expect(JSON.parse(rows[i]?.data as string)).toEqual(event.data);
  }
  expect(readdirSync(place.directory).filter((name) => name.includes(".part"))).toEqual([]);
});

it("a file without events has no rows", async () => {
  const path = join(place.directory, "empty.parquet");
  expect(await writeParquet(ducks[0] as Duck, path, from([]))).toBe(0);
  expect(await rowsOf(path)).toEqual([]);
});

it("another process writes the same bytes, also with several row groups", async () => {
  function* many(): Generator<RecordedEvent> {
    for (let seq = 1; seq <= 10_000; seq++) yield { ...golden[seq % golden.length], seq } as RecordedEvent;
  }
  const hashes: string[] = [];
  for (const [i, duck] of ducks.entries()) {
    const path = join(place.directory, `many-${i}.parquet`);
    expect(await writeParquet(duck, path, from(many()), 4_096)).toBe(10_000);
    hashes.push(createHash("sha256").update(readFileSync(path)).digest("hex"));
  }
  expect(hashes[0]).toBe(hashes[1]);
  const session = await place.duck.connect();
  const path = join(place.directory, "many-0.parquet");
  const [groups] = await session.all<{ n: number; rows: number; ordered: boolean }>(
    `SELECT count(DISTINCT row_group_id) AS n, max(row_group_num_rows) AS rows FROM parquet_metadata('${path}')`,
  );
  expect(groups).toEqual({ n: 3, rows: 4_096 });
  const [order] = await session.all<{ wrong: number }>(
    `SELECT count(*) AS wrong FROM (SELECT seq, file_row_number AS place FROM read_parquet('${path}', file_row_number = true)) WHERE seq <> place + 1`,
  );
  expect(order).toEqual({ wrong: 0 });
  session.close();
});
