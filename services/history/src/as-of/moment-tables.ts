import { memberColumns, memberTable, type Projection, SEPARATOR } from "@fleetlog/projections/folding";
import type { Duck, DuckSession } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { createTable, versionColumns } from "../store/tables.ts";
import { type Translated, translated } from "./dialect.ts";
import type { Statement } from "./replayed-rows.ts";

/** A projection's history, and the sequence of its stream that belongs to the moment. */
export interface Source {
  readonly store: StoredHistory;
  readonly projection: Projection;
  readonly seq: number;
}

/**
 * The rows as of one moment: tables in a DuckDB schema of their own. Each table is made when a query first reads it.
 */
export class MomentTables {
  readonly #schema: string;
  readonly #session: DuckSession;
  readonly #sources: ReadonlyMap<string, Source>;
  /** The sources, each with a pattern that finds its tables in a statement. */
  readonly #named: readonly { readonly source: Source; readonly pattern: RegExp }[];
  readonly #made = new Map<string, Promise<void>>();
  #rows = 0;

  private constructor(schema: string, session: DuckSession, sources: ReadonlyMap<string, Source>) {
    this.#schema = schema;
    this.#session = session;
    this.#sources = sources;
    this.#named = [...sources].map(([name, source]) => ({ source, pattern: new RegExp(`\\b${name}(?:_\\w+)?\\b`) }));
  }

  static async open(duck: Duck, schema: string, sources: ReadonlyMap<string, Source>): Promise<MomentTables> {
    const session = await duck.connect();
    await session.run(`CREATE SCHEMA ${schema}`);
    await session.run(`USE ${schema}`);
    return new MomentTables(schema, session, sources);
  }

  /** Rows of all tables made so far. */
  get rows(): number {
    return this.#rows;
  }

  async ask({ sql, values }: Statement): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const named = this.#named.filter(({ pattern }) => pattern.test(sql));
    for (const { source } of named) await this.#make(source);
    const { sql: statement, rows } = translated(sql);
    const found = await this.#session.all<Record<string, unknown>>(statement, ...values);
    await this.#readRows(rows, found);
    return found;
  }

  async close(): Promise<void> {
    await this.#session.run("USE memory.main");
    await this.#session.run(`DROP SCHEMA ${this.#schema} CASCADE`);
    this.#session.close();
  }

  #make(source: Source): Promise<void> {
    const { name } = source.projection;
    let made = this.#made.get(name);
    if (made === undefined) {
      made = source.store.reading(() => this.#create(source));
      made.catch(() => this.#made.delete(name));
      this.#made.set(name, made);
    }
    return made;
  }

  async #create({ store, projection, seq }: Source): Promise<void> {
    const { name } = projection;
    const select = store.asOf(projection, seq);
    if (select === undefined) await this.#session.run(createTable(name, versionColumns(projection)));
    else {
      const [made] = await this.#session.all<{ Count: number }>(`CREATE TABLE ${name} AS ${select}`);
      this.#rows += made?.Count ?? 0;
    }
    for (const column of memberColumns(projection)) {
      await this.#session.run(
        `CREATE VIEW ${memberTable(projection, column)} AS
         SELECT unnest(string_split("${column.name}"[2:-2], '${SEPARATOR}')) AS member, key FROM ${name}
         WHERE "${column.name}" <> ''`,
      );
    }
  }

  /** Replaces versions by the JSON of their rows. */
  async #readRows(rows: Translated["rows"], found: Record<string, unknown>[]): Promise<void> {
    for (const { table, column } of rows) {
      const json = await this.#sources.get(table)?.store.rows(found.map((row) => Number(row[column])));
      for (const row of found) row[column] = json?.get(Number(row[column]));
    }
  }
}
