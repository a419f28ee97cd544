import { DatabaseSync } from "node:sqlite";
import type { Projection } from "../projection.ts";
import type { Rows, Statement } from "../select/relation.ts";
import { FacetCounts } from "../store/facets.ts";
import { MetaTable } from "../store/meta.ts";
import { Statements } from "../store/statements.ts";
import type { KnownCounts } from "./messages.ts";

/** SQLite's page cache in KiB. The system's cache usually has the other pages. */
const CACHE_KIB = 4_096;

/** Reads rows that another thread writes. Between `begin` and `end` the rows do not change. */
export class ReadConnection implements Rows {
  readonly path: string;
  keptAs: string | undefined;
  onKeep: () => string | undefined = () => undefined;
  readonly #db: DatabaseSync;
  readonly #projections: readonly Projection[];
  readonly #statements: Statements;
  readonly #meta: MetaTable;
  #facets = new Map<string, FacetCounts>();
  #known: KnownCounts | undefined;
  #seq = 0;

  constructor(path: string, projections: readonly Projection[]) {
    this.path = path;
    this.#projections = projections;
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    this.#db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`);
    this.#statements = new Statements(this.#db, 64);
    this.#meta = new MetaTable(this.#db);
  }

  get seq(): number {
    return this.#seq;
  }

  begin(known: KnownCounts): void {
    this.#db.exec("BEGIN");
    this.#seq = this.#meta.read().checkpoint;
    // The writer may have written rows since it sent the counts.
    this.#known = known.seq === this.#seq ? known : undefined;
  }

  end(): void {
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    this.#facets = new Map();
    this.#known = undefined;
    this.keptAs = undefined;
  }

  keep(): string | undefined {
    this.keptAs ??= this.onKeep();
    return this.keptAs;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  select<Row>({ sql, values }: Statement): Row[] {
    return this.#statements.of(sql).all(...values) as Row[];
  }

  projection(name: string): Projection {
    const found = this.#projections.find((one) => one.name === name);
    if (found === undefined) throw new TypeError(`there is no projection ${name}`);
    return found;
  }

  changedAt(projection: string): number {
    return this.#meta.read().changedAt[projection] ?? this.#seq;
  }

  counts(projection: string, column: string): ReadonlyMap<string, number> {
    const known = this.#known?.counts.get(`${projection}.${column}`);
    if (known !== undefined) return known;
    let facets = this.#facets.get(projection);
    if (facets === undefined) {
      facets = new FacetCounts(this.#db, this.projection(projection));
      this.#facets.set(projection, facets);
    }
    return facets.of(column);
  }
}
