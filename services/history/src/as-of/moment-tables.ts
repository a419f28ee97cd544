import { memberColumns, memberTable, type Projection, SEPARATOR, type Statement } from "@fleetlog/projections/folding";
import type { Duck, DuckSession } from "../store/duck.ts";
import { conditionOf, idOf, type Only, type Picked } from "../store/statements.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { versionColumns } from "../store/tables.ts";
import { rewrittenHistory } from "../store/unchanged.ts";
import { type Translated, translated } from "./dialect.ts";
import { KeptResults } from "./kept-results.ts";
import { onlyOf } from "./only.ts";
import { type Asked, keyOf } from "./replayed-rows.ts";

/** A projection's history, and the sequence of its stream that belongs to the moment. */
export interface Source {
  readonly store: StoredHistory;
  readonly projection: Projection;
  readonly seq: number;
}

/** The table of a projection with at most this many columns has all of them: making it a second time would cost more. */
const FEW_COLUMNS = 8;
/** Maximum number of changed rows that are picked for one statement. With more, the statement reads a table. */
const MOST_PICKED = 1_000;

type Row = Readonly<Record<string, unknown>>;

interface Table {
  readonly columns: ReadonlySet<string>;
  readonly made: Promise<void>;
}

/**
 * The rows as of one moment, for statements of the views.
 *
 * A statement that names its rows, for instance by their keys, reads only these from the files. For other statements, a
 * table with the columns that they mention is made in a schema of this moment. A projection with ordinals can have
 * millions of rows, so its statements read their columns from the files, and only the list of the newest versions is
 * kept. A projection that keeps only its newest rows has fewer, so a table is made. If its statements read files,
 * DuckDB would move a join's condition below the LIMIT that selects the newest rows.
 */
export class MomentTables {
  readonly #schema: string;
  readonly #session: DuckSession;
  readonly #sources: ReadonlyMap<string, Source>;
  /** The number of rewrites of the sources' stores before anything was read. */
  readonly #rewrites: number;
  readonly #tables = new Map<string, Table>();
  readonly #counted = new Map<string, number>();
  readonly #results = new KeptResults();
  /** Projections with rows that a statement has sought by key. */
  readonly #sought = new Set<string>();

  private constructor(schema: string, session: DuckSession, sources: ReadonlyMap<string, Source>) {
    this.#schema = schema;
    this.#session = session;
    this.#sources = sources;
    this.#rewrites = rewritesOf(this.#stores);
  }

  static async open(duck: Duck, schema: string, sources: ReadonlyMap<string, Source>): Promise<MomentTables> {
    const session = await duck.connect();
    await session.run(`CREATE SCHEMA ${schema}`);
    await session.run(`USE ${schema}`);
    return new MomentTables(schema, session, sources);
  }

  /** Rows of all tables made so far. */
  get rows(): number {
    return this.#counted.values().reduce((sum, rows) => sum + rows, 0);
  }

  /**
   * @throws FleetError `history-unavailable` once a file has changed from which tables or results may have been read
   */
  async ask(asked: Asked): Promise<readonly Row[]> {
    const key = keyOf(asked);
    const kept = this.#results.get(key);
    const found = kept ?? ("changeOf" in asked ? await this.#newestChange(asked.changeOf) : await this.#found(asked));
    if (rewritesOf(this.#stores) !== this.#rewrites) throw rewrittenHistory();
    if (kept === undefined) this.#results.add(key, found);
    return found;
  }

  get #stores(): Iterable<StoredHistory> {
    return new Set([...this.#sources.values()].map(({ store }) => store));
  }

  async #found(asked: Statement): Promise<readonly Row[]> {
    const { sql, rows } = translated(asked.sql);
    const sources = asked.tables.flatMap((name) => this.#sources.get(name) ?? []);
    const found = await reading(sources, async () => {
      const selects: string[] = [];
      for (const source of sources) {
        const select = await this.#prepared(source, sql, asked);
        if (select !== undefined) selects.push(`${source.projection.name} AS NOT MATERIALIZED (${select})`);
      }
      const from = selects.length === 0 ? "" : `WITH ${selects.join(", ")} `;
      return await this.#session.all<Record<string, unknown>>(from + sql, ...asked.values);
    });
    await this.#readRows(rows, found);
    return found;
  }

  async close(): Promise<void> {
    await this.#session.run("USE memory.main");
    await this.#session.run(`DROP SCHEMA ${this.#schema} CASCADE`);
    this.#session.close();
  }

  async #newestChange(name: string): Promise<readonly Row[]> {
    const source = this.#sources.get(name);
    if (source === undefined) return [];
    const { store, projection, seq } = source;
    return await store.reading(() => this.#session.all<Row>(store.changedUpTo(projection, seq)));
  }

  /** SQL of the rows that the statement reads; undefined if a table has them. */
  async #prepared(source: Source, sql: string, statement: Statement): Promise<string | undefined> {
    const { projection } = source;
    const { name } = projection;
    const hasMembers = statement.members?.includes(name) === true;
    const mentioned = columnsIn(sql, projection, hasMembers);
    const table = this.#tables.get(name);
    if (table !== undefined && [...mentioned].every((column) => table.columns.has(column))) await table.made;
    else {
      const only = hasMembers ? undefined : onlyOf(statement, projection);
      if (only !== undefined) return (await this.#picked(source, only)) ?? noRows(projection);
      const isLarge = projection.ordinal !== undefined && projection.newest === undefined;
      if (isLarge && !hasMembers) return await this.#fromFiles(source);
      // A second table has all columns, so that there is no third.
      const isWide = table === undefined && projection.columns.length > FEW_COLUMNS;
      await this.#make(source, isWide ? withFacets(projection, mentioned) : allColumns(projection));
    }
    return undefined;
  }

  async #fromFiles(source: Source): Promise<string> {
    const { store, projection, seq } = source;
    const newest = await this.#newest(source);
    return store.asOf(projection, seq, { newest }) ?? noRows(projection);
  }

  /** The name of a table of the newest versions; undefined if nothing has changed since a base. */
  async #newest({ store, projection, seq }: Source): Promise<string | undefined> {
    const name = `newest_${projection.name}`;
    const select = store.newestOf(projection, seq);
    if (select === undefined) return undefined;
    await (this.#tables.get(name) ?? this.#keep(name, new Set(), `CREATE TABLE ${name} AS ${select}`)).made;
    return name;
  }

  async #picked(source: Source, only: Only): Promise<string | undefined> {
    const { store, projection, seq } = source;
    const changed = await this.#changed(source, only);
    return changed === undefined
      ? store.asOf(projection, seq, { only })
      : store.picked(projection, seq, { only, changed });
  }

  /** The newest version of each row that has changed since the base; undefined if there are too many. */
  async #changed(source: Source, only: Only): Promise<Picked["changed"] | undefined> {
    const { projection } = source;
    const id = idOf(projection);
    const key = JSON.stringify([projection.name, only]);
    let found = this.#results.get(key);
    if (found === undefined) {
      const select = await this.#changesOf(source, only);
      found = select === undefined ? [] : await this.#session.all<Row>(`${select} LIMIT ${MOST_PICKED + 1}`);
      this.#results.add(key, found);
    }
    if (found.length > MOST_PICKED) return undefined;
    return found.map((row) => ({ id: row[id] as string | number, version: Number(row.version) }));
  }

  /** The second search by keys makes a table of all newest versions, because further searches are likely. */
  async #changesOf(source: Source, only: Only): Promise<string | undefined> {
    const { store, projection, seq } = source;
    const { name } = projection;
    const isById = only.column === idOf(projection);
    if (!isById || !this.#sought.has(name)) {
      if (isById) this.#sought.add(name);
      return store.newestOf(projection, seq, only);
    }
    const newest = await this.#newest(source);
    return newest && `SELECT * FROM ${newest} WHERE ${conditionOf(only)}`;
  }

  async #make({ store, projection, seq }: Source, columns: ReadonlySet<string>): Promise<void> {
    const { name } = projection;
    const select = store.asOf(projection, seq) ?? noRows(projection);
    const names = [...columns].map((column) => `"${column}"`).join(", ");
    const views = memberColumns(projection)
      .filter((column) => columns.has(column.name))
      .map(
        (column) =>
          `CREATE OR REPLACE VIEW ${memberTable(projection, column)} AS
           SELECT unnest(string_split("${column.name}"[2:-2], '${SEPARATOR}')) AS member, key FROM ${name}
           WHERE "${column.name}" <> ''`,
      );
    await this.#keep(name, columns, `CREATE OR REPLACE TABLE ${name} AS SELECT ${names} FROM (${select})`, views).made;
  }

  #keep(name: string, columns: ReadonlySet<string>, create: string, views: readonly string[] = []): Table {
    const make = async () => {
      const [made] = await this.#session.all<{ Count: number }>(create);
      this.#counted.set(name, made?.Count ?? 0);
      for (const view of views) await this.#session.run(view);
    };
    const table = { columns, made: make() };
    this.#tables.set(name, table);
    table.made.catch(() => {
      if (this.#tables.get(name) === table) this.#tables.delete(name);
    });
    return table;
  }

  /** Replaces versions by the JSON of their rows. */
  async #readRows(rows: Translated["rows"], found: Record<string, unknown>[]): Promise<void> {
    for (const { table, column } of rows) {
      const json = await this.#sources.get(table)?.store.rows(found.map((row) => Number(row[column])));
      for (const row of found) row[column] = json?.get(Number(row[column]));
    }
  }
}

/** The number of rewrites of all stores. */
export function rewritesOf(stores: Iterable<StoredHistory>): number {
  let sum = 0;
  for (const { rewrites } of stores) sum += rewrites;
  return sum;
}

/** The columns of a projection that a statement may mention. */
function columnsIn(sql: string, projection: Projection, hasMembers: boolean): ReadonlySet<string> {
  const members = hasMembers ? memberColumns(projection).map(({ name }) => name) : [];
  const own = projection.columns.map(({ name }) => name).filter((name) => sql.includes(`"${name}"`));
  const implicit = ["version", "seq", "key", ...(projection.ordinal === undefined ? [] : ["ordinal"])];
  return new Set([...implicit, ...own, ...members]);
}

/** An answer that counts the values of one facet mostly counts the others, too. */
function withFacets({ facets = [] }: Projection, columns: ReadonlySet<string>): ReadonlySet<string> {
  if (!facets.some(({ column }) => columns.has(column))) return columns;
  const others = facets.flatMap(({ column, among }) => [column, ...(among === undefined ? [] : [among.column])]);
  return new Set([...columns, ...others]);
}

function allColumns(projection: Projection): ReadonlySet<string> {
  return new Set(versionColumns(projection).map(({ name }) => name));
}

function noRows(projection: Projection): string {
  const columns = versionColumns(projection).map(({ name, type }) => `NULL::${type} AS "${name}"`);
  return `SELECT ${columns.join(", ")} LIMIT 0`;
}

/** Runs a task. The sources' files are not deleted before it ends. */
function reading<T>(sources: readonly Source[], task: () => Promise<T>): Promise<T> {
  return sources.reduce<() => Promise<T>>(
    (inner, { store }) =>
      () =>
        store.reading(inner),
    task,
  )();
}
