import { DEVICE_CATEGORIES, FleetError, invalid } from "@fleetlog/domain";
import type { Projection, ViewRow } from "@fleetlog/projections/folding";
import type { DuckSession } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { quotedText } from "../store/tables.ts";
import { DEVICE_PROJECTIONS, deviceColumnOf, isHidden } from "./device-rows.ts";
import type { NamedRow } from "./rows-hash.ts";

/** Maximum of events and rows in one bundle: the historian has them all in memory. */
export const MOST = { events: 100_000, rows: 20_000 } as const;

export interface SelectionOptions {
  readonly store: StoredHistory;
  readonly session: DuckSession;
  readonly devices: readonly string[];
}

/** Rows of the devices as of a sequence, without those that a move has hidden. @throws FleetError `invalid-request` for too many */
export async function rowsAsOf({ store, session, devices }: SelectionOptions, seq: number): Promise<NamedRow[]> {
  if (seq === 0) return [];
  return await store.reading(async () => {
    const found: NamedRow[] = [];
    for (const projection of DEVICE_PROJECTIONS) {
      const all = store.asOf(projection, seq);
      if (all === undefined) continue;
      const versions = await session.all<{ version: number; key: string }>(
        `SELECT version, key FROM (${all}) WHERE "${columnOf(projection)}" IN (${listOf(devices)}) LIMIT ${MOST.rows + 1}`,
      );
      if (found.length + versions.length > MOST.rows) {
        throw invalid(
          "devices",
          `these devices have more than ${MOST.rows} rows (such as commands); ask for fewer devices`,
        );
      }
      const rows = await store.rows(versions.map(({ version }) => version));
      for (const { version, key } of versions) {
        const row = rows.get(version);
        if (row === undefined)
          throw new FleetError("internal", `version ${version} of ${projection.name} is not readable`);
        const parsed = JSON.parse(row) as ViewRow;
        if (!isHidden(projection, parsed)) found.push({ projection: projection.name, key, row: parsed });
      }
    }
    return found.sort(byName);
  });
}

/**
 * Sequences of the devices' events, and of the events of the gateways that they were connected to.
 * @throws FleetError `invalid-request` for too many
 */
export async function seqsBetween(
  { store, session, devices }: SelectionOptions,
  {
    firstSeq,
    lastSeq,
    gateways,
  }: { readonly firstSeq: number; readonly lastSeq: number; readonly gateways: readonly string[] },
): Promise<ReadonlySet<number>> {
  return await store.reading(async () => {
    const events = store.events();
    if (events === undefined) return new Set<number>();
    const span = `seq BETWEEN ${firstSeq} AND ${lastSeq}`;
    const ofDevices = `category IN (${listOf(DEVICE_CATEGORIES)}) AND entity IN (${listOf(devices)})`;
    const found = await session.all<{ seq: number }>(
      `WITH events AS NOT MATERIALIZED (${events}),
         used AS (SELECT DISTINCT gateway FROM events WHERE ${span} AND gateway IS NOT NULL AND ${ofDevices})
       SELECT seq FROM events WHERE ${span} AND (${ofDevices} OR category = 'gateway'
         AND (entity IN (SELECT gateway FROM used) OR entity IN (${listOf(gateways)})))
       ORDER BY seq LIMIT ${MOST.events + 1}`,
    );
    if (found.length > MOST.events) {
      throw invalid("to", `these devices have more than ${MOST.events} events in this time; ask for less of it`);
    }
    return new Set(found.map(({ seq }) => seq));
  });
}

/** Sequences in the stream DELIVERY of messages about the devices. */
export async function messagesBetween(
  { store, session, devices }: SelectionOptions,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ReadonlySet<number>> {
  return await store.reading(async () => {
    const events = store.events();
    if (events === undefined) return new Set<number>();
    const span = `time BETWEEN ${quotedText(from)} AND ${quotedText(to)}`;
    const id = (of: string) => `json_extract_string(${of}, '$.delivery')`;
    const found = await session.all<{ seq: number }>(
      `WITH events AS NOT MATERIALIZED (${events}),
         asked AS (SELECT ${id("data")} AS delivery FROM events
           WHERE ${span} AND type = 'DeliveryRequested' AND json_extract_string(data, '$.device') IN (${listOf(devices)}))
       SELECT seq FROM events WHERE time >= ${quotedText(from)} AND ${id("data")} IN (SELECT delivery FROM asked)
       ORDER BY seq LIMIT ${MOST.events}`,
    );
    return new Set(found.map(({ seq }) => seq));
  });
}

function columnOf(projection: Projection): string {
  return deviceColumnOf(projection) ?? "key";
}

/** A list of texts in SQL. Without texts, a list that matches no value. */
function listOf(texts: readonly string[]): string {
  return texts.length === 0 ? "NULL" : texts.map(quotedText).join(", ");
}

function byName(a: NamedRow, b: NamedRow): number {
  if (a.projection !== b.projection) return a.projection < b.projection ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}
