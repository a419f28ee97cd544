import { DatabaseSync } from "node:sqlite";
import { FleetError, type StreamName } from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { lastSeqOf } from "./log-match.ts";
import { type Projection, streamOfProjection } from "./projection.ts";
import { viewFiles } from "./store/files.ts";
import { ViewStore } from "./store/store.ts";
import { StoreUpdater } from "./store-updater.ts";
import { FLEET_PROJECTIONS } from "./views/index.ts";

/** All rows of one stream's projections, by key. Dumps of the same log and sequence are deeply equal. */
export interface ViewDump {
  readonly seq: number;
  readonly rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

const SILENT: Logger = { info() {}, warn() {}, error() {} };

type Reader = <Row>(sql: string) => Row[];

/**
 * Reads the rows committed in a projector's newest complete file. The projector may be running.
 *
 * @throws FleetError `not-found` if no file is complete
 */
export function dumpViews(directory: string, projections: readonly Projection[] = FLEET_PROJECTIONS): ViewDump {
  for (const path of viewFiles(directory, projections)) {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      db.exec("BEGIN");
      const read: Reader = <Row>(sql: string) => db.prepare(sql).all() as Row[];
      if (metaOf(read, "complete") === true) return dump(read, projections);
    } finally {
      db.close();
    }
  }
  throw new FleetError("not-found", `no complete views in ${directory}`);
}

export async function rebuildViews(
  log: EventLog,
  projections: readonly Projection[] = FLEET_PROJECTIONS,
): Promise<ViewDump> {
  const [stream = "FLEET"] = projections.map(streamOfProjection);
  const goal = await lastSeqOf(log, stream);
  const store = new ViewStore({ path: ":memory:", projections });
  try {
    if (goal > 0) await follow(log, stream, store, goal);
    return dump((sql) => store.query(sql), projections);
  } finally {
    store.close();
  }
}

async function follow(log: EventLog, stream: StreamName, store: ViewStore, goal: number): Promise<void> {
  const reached = Promise.withResolvers<void>();
  const updater = new StoreUpdater({
    log,
    logger: SILENT,
    stream,
    store,
    goal,
    maxBatch: 2_048,
    commitEvery: 1_048_576,
    onCaughtUp: () => {
      if (store.meta.checkpoint >= goal) reached.resolve();
      return false;
    },
    onServingCommit() {},
  });
  await Promise.race([reached.promise, updater.run()]);
  await updater.stop();
}

function dump(read: Reader, projections: readonly Projection[]): ViewDump {
  const rows = projections.map(({ name }) => {
    const found = read<{ row: string }>(`SELECT * FROM ${name} ORDER BY key`);
    return [name, found.map(({ row, ...columns }) => ({ ...columns, row: JSON.parse(row) }))] as const;
  });
  return { seq: Number(metaOf(read, "checkpoint") ?? 0), rows: Object.fromEntries(rows) };
}

function metaOf(read: Reader, name: string): unknown {
  const [found] = read<{ value: string }>(`SELECT value FROM meta WHERE name = '${name}'`);
  return found === undefined ? undefined : JSON.parse(found.value);
}
