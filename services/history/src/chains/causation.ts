import { isTelling } from "../store/change-table.ts";
import type { Duck, DuckSession } from "../store/duck.ts";
import type { LinkColumn } from "../store/links.ts";
import type { StoredHistory } from "../store/stored-history.ts";

/** An event of FLEET. */
export interface LoggedEvent {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly source: string;
  readonly gateway: string | null;
  readonly causationid: string | null;
  readonly category: string;
  readonly entity: string;
  readonly account: string;
  readonly data: unknown;
}

/** A field of a device that an event changed. */
export interface ChangedField {
  readonly seq: number;
  readonly device: string;
  readonly change: string;
  readonly before: string;
  readonly after: string;
}

/** Number of rows that are read in addition: the index has only hashes of ids, so some rows may be of other ids. */
const COLLISIONS = 64;
const COLUMNS = "seq, id, type, time, source, gateway, causationid, category, entity, account, data";

/** Finds events of FLEET by their ids, and by the ids of their causes. */
export class Causation {
  readonly #duck: Duck;
  readonly #fleet: StoredHistory;
  #session: Promise<DuckSession> | undefined;

  constructor(duck: Duck, fleet: StoredHistory) {
    this.#duck = duck;
    this.#fleet = fleet;
  }

  /** In the order of the log. */
  byIds(ids: readonly string[]): Promise<LoggedEvent[]> {
    return this.#find("id", ids, ids.length);
  }

  /** The events that any of these events caused, in the order of the log. */
  causedBy(ids: readonly string[], limit: number): Promise<LoggedEvent[]> {
    return this.#find("causationid", ids, limit);
  }

  /** In the order of the log, then of devices. */
  changesOf(seqs: readonly number[], limit: number): Promise<ChangedField[]> {
    if (seqs.length === 0) return Promise.resolve([]);
    const [first, last] = [seqs.reduce((a, b) => Math.min(a, b)), seqs.reduce((a, b) => Math.max(a, b))];
    return this.#fleet.reading(async () => {
      const changes = this.#fleet.changes(first - 1, last);
      if (changes === undefined) return [];
      return await this.#all<ChangedField>(
        `SELECT seq, device, change, before, after FROM (${changes}) WHERE seq IN (${seqs.join(", ")})
         AND ${isTelling("change", "before", "after")} ORDER BY seq, device, change LIMIT ${limit}`,
      );
    });
  }

  async close(): Promise<void> {
    (await this.#session)?.close();
  }

  #find(column: LinkColumn, texts: readonly string[], limit: number): Promise<LoggedEvent[]> {
    if (texts.length === 0) return Promise.resolve([]);
    const list = JSON.stringify(texts);
    const wanted = `WITH wanted AS (SELECT unnest(from_json(?::VARCHAR, '["VARCHAR"]')) AS text)`;
    return this.#fleet.reading(async () => {
      const links = this.#fleet.links(column);
      if (links === undefined) return [];
      const linked = await this.#all<{ seq: number }>(
        `${wanted} SELECT DISTINCT seq FROM (${links}) ORDER BY seq LIMIT ${2 * limit + COLLISIONS}`,
        list,
      );
      const seqs = linked.map(({ seq }) => seq);
      const events = this.#fleet.events((seqs[0] ?? 1) - 1, seqs.at(-1) ?? 0);
      if (seqs.length === 0 || events === undefined) return [];
      const found = await this.#all<Omit<LoggedEvent, "data"> & { data: string }>(
        `${wanted} SELECT ${COLUMNS} FROM (${events}) WHERE seq IN (${seqs.join(", ")})
         AND ${column} IN (SELECT text FROM wanted) ORDER BY seq LIMIT ${limit}`,
        list,
      );
      return found.map((event) => ({ ...event, data: JSON.parse(event.data) as unknown }));
    });
  }

  async #all<Row>(sql: string, ...values: readonly string[]): Promise<Row[]> {
    this.#session ??= this.#duck.connect();
    return await (await this.#session).all<Row>(sql, ...values);
  }
}
