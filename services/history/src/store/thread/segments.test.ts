import { join } from "node:path";
import { DuckDBConnection } from "@duckdb/node-api";
import { expect, it, onTestFinished, vi } from "vitest";
import { ofStream, randomHistory } from "../../testing/random-history.ts";
import { workspace } from "../../testing/stores.ts";
import { eventCells } from "../cells.ts";
import { PacketWriter } from "./packet.ts";
import { Segments } from "./segments.ts";
import { CHANGES_TABLE, EVENTS_TABLE } from "./table-numbers.ts";

it("a table is dropped when its files are written, since the next tail is filled meanwhile", async () => {
  const { directory, remove } = await workspace();
  onTestFinished(remove);
  const steps: string[] = [];
  const run = DuckDBConnection.prototype.run;
  const spied = vi.spyOn(DuckDBConnection.prototype, "run").mockImplementation(function (this: DuckDBConnection, sql) {
    const dropped = /^DROP TABLE tail\d+_(\w+)/.exec(sql)?.[1];
    if (dropped !== undefined) steps.push(`drop ${dropped}`);
    return run.call(this, sql);
  });
  onTestFinished(() => spied.mockRestore());
  const duck = { memory: 100e6, threads: 1, spill: join(directory, "spill") };
  const data = { directory: join(directory, "FLEET"), stream: "FLEET", projections: [], duck } as const;
  const segments = await Segments.open(data, (one) => {
    if ("step" in one && one.step.startsWith("copy")) steps.push(one.step);
  });
  const packet = new PacketWriter();
  const events = ofStream(randomHistory(2, 10, 1), "FLEET");
  for (const event of events) packet.add(EVENTS_TABLE, eventCells(event));
  packet.add(CHANGES_TABLE, [1, "device-1", "name", null, "x", null, null]);
  await segments.do({ begin: { after: 0, firstVersion: 1 } });
  await segments.do({ rows: packet.take() });
  await segments.do({ segment: { number: 0, firstSeq: 1, lastSeq: events.length } });
  await segments.do({ end: true });
  expect(steps).toEqual([
    "copy s0-events.parquet",
    "copy s0-links.parquet",
    "drop events",
    "copy s0-changes.parquet",
    "drop changes",
  ]);
});
