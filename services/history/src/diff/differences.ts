import type { Diff, DiffCause, DiffEvent, DiffItem } from "@fleetlog/protocol";
import type { Moment } from "../moments/as-of.ts";
import type { Duck } from "../store/duck.ts";
import { Kept } from "../store/kept.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { DiffTables } from "./diff-tables.ts";
import { LIST, type Position, type Select, whereOf } from "./select.ts";

export interface DifferencesOptions {
  readonly duck: Duck;
  readonly fleet: StoredHistory;
}

export interface DifferencesRequest extends Select {
  readonly from: Moment;
  readonly to: Moment;
  readonly limit: number;
  readonly after?: Position | undefined;
}

export interface DifferencesPage extends Pick<Diff, "items" | "causes" | "moreCauses" | "total"> {
  /** The page's last item, if there are more. */
  readonly last?: Position;
}

const KEPT = { count: 4, rows: 2_000_000 };
const CAUSES = 100;
const EVENTS = 20;

type Cell = string | number;
interface ItemRow {
  readonly seq: number;
  readonly device: string;
  readonly change: string;
  readonly before: string;
  readonly after: string;
  readonly cause: DiffItem["cause"]["kind"];
  readonly who: string;
}

/** Compares the devices of two moments by the changes between them. A field that has its old value again is no difference. */
export class Differences {
  readonly #options: DifferencesOptions;
  readonly #kept = new Kept<DiffTables>(KEPT);

  constructor(options: DifferencesOptions) {
    this.#options = options;
  }

  page(request: DifferencesRequest): Promise<DifferencesPage> {
    const { fleet, duck } = this.#options;
    const [after, upTo] = [request.from.seq, request.to.seq];
    return this.#kept.use(
      `${after}-${upTo}`,
      () => fleet.reading(() => DiffTables.open(duck, fleet.changes(after, upTo))),
      (tables) => fleet.reading(() => this.#page(tables, request)),
    );
  }

  close(): Promise<void> {
    return this.#kept.close();
  }

  async #page(tables: DiffTables, request: DifferencesRequest): Promise<DifferencesPage> {
    const { limit, after } = request;
    const all = whereOf(request);
    const [counted] = await tables.all<{ n: number }>(
      `SELECT count(*) AS n FROM ${tables.name} ${all.sql}`,
      ...all.values,
    );
    const page = whereOf(request, after);
    const found = await tables.all<ItemRow>(
      `SELECT * FROM ${tables.name} ${page.sql} ORDER BY seq DESC, device, change LIMIT ${limit + 1}`,
      ...page.values,
    );
    const rows = found.slice(0, limit);
    const last = found.length > limit ? rows.at(-1) : undefined;
    return {
      items: await this.#items(tables, rows, request),
      total: counted?.n ?? 0,
      ...(await causes(tables, request)),
      ...(last !== undefined && { last: { seq: last.seq, device: last.device, change: last.change } }),
    };
  }

  async #items(tables: DiffTables, rows: readonly ItemRow[], { from, to }: DifferencesRequest): Promise<DiffItem[]> {
    const events = await this.#eventsOf(tables, rows, from.seq, to.seq);
    return rows.map(({ device, change, before, after, cause, who }, i) => ({
      ...{ device, change, before: JSON.parse(before) as unknown, after: JSON.parse(after) as unknown },
      cause: { kind: cause, ...(who !== "" && { by: who }) },
      events: events.get(i) ?? [],
    }));
  }

  /** For each row: the newest events that changed its field, in the order of the log. */
  async #eventsOf(
    tables: DiffTables,
    rows: readonly ItemRow[],
    after: number,
    upTo: number,
  ): Promise<ReadonlyMap<number, DiffEvent[]>> {
    const { fleet } = this.#options;
    const [changes, events] = [fleet.changes(after, upTo), fleet.events(after, upTo)];
    const found = new Map<number, DiffEvent[]>();
    if (rows.length === 0 || changes === undefined || events === undefined) return found;
    const linked = await tables.all<{ i: number; seq: number }>(
      `WITH wanted AS (SELECT unnest(range(len(devices))) AS i, unnest(devices) AS device, unnest(fields) AS change
         FROM (SELECT ${LIST} AS devices, ${LIST} AS fields))
       SELECT i, seq FROM (${changes}) JOIN wanted USING (device, change)
       QUALIFY row_number() OVER (PARTITION BY i ORDER BY seq DESC) <= ${EVENTS} ORDER BY i, seq`,
      JSON.stringify(rows.map(({ device }) => device)),
      JSON.stringify(rows.map(({ change }) => change)),
    );
    const seqs = [...new Set(linked.map(({ seq }) => seq))];
    const first = seqs.reduce((least, seq) => Math.min(least, seq), upTo);
    const known = await tables.all<DiffEvent>(
      `SELECT seq, id, type, time FROM (${events}) WHERE seq BETWEEN ${first} AND ${upTo} AND seq IN (${seqs.join(", ")})`,
    );
    const bySeq = new Map(known.map((event) => [event.seq, event]));
    for (const { i, seq } of linked) {
      const event = bySeq.get(seq);
      if (event !== undefined) found.set(i, [...(found.get(i) ?? []), event]);
    }
    return found;
  }
}

/** The causes of all differences of the requested devices and field, whatever cause is requested. */
async function causes(
  tables: DiffTables,
  { devices, change }: DifferencesRequest,
): Promise<Pick<Diff, "causes" | "moreCauses">> {
  const where = whereOf({ devices, change });
  const found = await tables.all<Record<string, Cell>>(
    `SELECT cause, who, count(*) AS changes, count(DISTINCT device) AS devices, min(seq) AS firstSeq, max(seq) AS lastSeq,
       count(*) OVER () AS n
     FROM ${tables.name} ${where.sql} GROUP BY cause, who ORDER BY changes DESC, cause, who LIMIT ${CAUSES}`,
    ...where.values,
  );
  return {
    causes: found.map(({ cause, who, n: _, ...counts }) => ({
      kind: cause as DiffCause["kind"],
      ...(who !== "" && { by: String(who) }),
      ...(counts as Omit<DiffCause, "kind" | "by">),
    })),
    moreCauses: Number(found[0]?.n ?? 0) - found.length,
  };
}
