import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import { expect, it, onTestFinished } from "vitest";
import type { DuckSession } from "../store/duck.ts";
import { HistoryStore } from "../store/history-store.ts";
import { parquet } from "../store/tables.ts";
import { ofStream, randomHistory } from "../testing/random-history.ts";
import { feed, silent, workspace } from "../testing/stores.ts";
import { TailFiles } from "./tail-files.ts";

it("the files of the tail have each row once, even after a file could not be written", async () => {
  const { duck, directory, remove } = await workspace();
  const projections = projectionsOf(VIEWS).filter((one) => streamOfProjection(one) === "FLEET");
  const own = { directory: join(directory, "FLEET"), projections, duck, logger: silent };
  const store = await HistoryStore.open({ ...own, stream: "FLEET" });
  const session = await duck.connect();
  onTestFinished(async () => {
    session.close();
    await store.close();
    remove();
  });
  let isFull = true;
  const all = (sql: string) => {
    if (isFull && sql.includes("-status.parquet")) throw new Error("no space left on device");
    return session.all(sql);
  };
  const files = join(directory, "tail");
  const tail = new TailFiles(store, { all } as unknown as DuckSession, files, ["events", "registry", "status"]);
  const events = ofStream(randomHistory(5, 60, 3), "FLEET");
  await feed(store, events);
  await expect(tail.take()).rejects.toThrow("no space left on device");
  expect(readdirSync(files)).toEqual([]);
  isFull = false;
  const taken = await tail.take();
  const seqs = `SELECT seq FROM ${parquet(taken.tail.events ?? [])} ORDER BY seq`;
  expect(await session.all(seqs)).toEqual(events.map(({ seq }) => ({ seq })));
  taken.expectWhole();

  const [path = ""] = taken.tail.events ?? [];
  writeFileSync(path, readFileSync(path).fill(0, 20, 100));
  expect(() => taken.expectWhole()).toThrow("was written to while it was read");
  const again = await tail.take();
  expect(await session.all(`SELECT seq FROM ${parquet(again.tail.events ?? [])} ORDER BY seq`)).toHaveLength(
    events.length,
  );
  again.expectWhole();
  taken.release();
  expect(
    readdirSync(files)
      .map((name) => join(files, name))
      .sort(),
  ).toEqual(Object.values(again.tail).flat().sort());
  again.release();
});
