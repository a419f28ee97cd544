import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";
import { type Projection, projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import { Duck } from "../store/duck.ts";
import { HistoryStore, type HistoryStoreOptions } from "../store/history-store.ts";
import type { StoredHistory } from "../store/stored-history.ts";

/** Milliseconds after which a test on a busy machine gives up. */
export const PATIENCE_MS = 30_000;

export const silent: Logger = { info() {}, warn() {}, error() {} };

/**
 * A folder and a DuckDB of one test file.
 * @param ordered whether results have the order of the rows that are read, as the archive and exports need it
 */
export async function workspace({ ordered = false } = {}): Promise<{ directory: string; duck: Duck; remove(): void }> {
  const directory = mkdtempSync(join(tmpdir(), "fleetlog-history-"));
  const limits = ordered ? { memory: 200e6, threads: 1, ordered } : { memory: 400e6, threads: 2 };
  const duck = await Duck.open({ ...limits, spill: join(directory, "spill") });
  return {
    directory,
    duck,
    remove() {
      duck.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** A store of each stream that has views, in a folder with the stream's name. */
export async function openStores(
  { directory, duck }: { readonly directory: string; readonly duck: Duck },
  limits: Pick<HistoryStoreOptions, "sealEvery" | "baseEvery"> = {},
): Promise<Map<StreamName, HistoryStore>> {
  const stores = new Map<StreamName, HistoryStore>();
  for (const [stream, projections] of Map.groupBy(projectionsOf(VIEWS), streamOfProjection)) {
    const options = { directory: join(directory, stream), stream, projections, duck, logger: silent };
    stores.set(stream, await HistoryStore.open({ ...options, ...limits }));
  }
  return stores;
}

/** Feeds the events that the store lacks, in small batches. */
export async function feed(store: HistoryStore, events: readonly RecordedEvent[], batch = 40): Promise<void> {
  const left = events.filter(({ seq }) => seq >= store.nextSeq);
  for (let i = 0; i < left.length; i += batch) {
    const some = left.slice(i, i + batch);
    await store.apply(some, some.at(-1)?.seq ?? 0);
  }
}

/** Everything in the store's tables, in the order in which it was added. */
export async function contents(store: StoredHistory, duck: Duck): Promise<Readonly<Record<string, unknown[]>>> {
  const session = await duck.connect();
  try {
    return await store.reading(async () => {
      const found: Record<string, unknown[]> = {};
      const events = store.events();
      const changes = store.changes(0, Number.MAX_SAFE_INTEGER);
      found.changes = changes === undefined ? [] : await session.all(`${changes} ORDER BY seq, device, change`);
      found.events = events === undefined ? [] : await session.all(`${events} ORDER BY seq`);
      for (const projection of store.projections) found[projection.name] = await versionsOf(store, projection, session);
      return found;
    });
  } finally {
    session.close();
  }
}

async function versionsOf(
  store: StoredHistory,
  projection: Projection,
  session: Awaited<ReturnType<Duck["connect"]>>,
): Promise<unknown[]> {
  const sql = store.versions(projection);
  if (sql === undefined) return [];
  const versions = await session.all<{ version: number }>(`${sql} ORDER BY version`);
  const rows = await store.rows(versions.map(({ version }) => version));
  return versions.map((one) => ({ ...one, row: JSON.parse(rows.get(one.version) ?? "null") }));
}
