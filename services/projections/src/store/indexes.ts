import type { DatabaseSync } from "node:sqlite";
import type { Projection } from "../projection.ts";
import { indexName } from "../select/access.ts";
import { indexStatement } from "./schema.ts";

/** The indexes that queries need. A build creates them at its end: sorting once costs less than keeping them sorted. */
export class Indexes {
  readonly #db: DatabaseSync;
  readonly #statements: ReadonlyMap<string, string>;

  constructor(db: DatabaseSync, projections: readonly Projection[]) {
    this.#db = db;
    this.#statements = new Map(
      projections.flatMap((projection) =>
        projection.indexes.map((index) => [indexName(projection, index), indexStatement(projection, index)] as const),
      ),
    );
  }

  missing(): string[] {
    const found = this.#db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'").all();
    const existing = new Set(found.map(({ name }) => name));
    return [...this.#statements.keys()].filter((name) => !existing.has(name));
  }

  create(name: string): void {
    const statement = this.#statements.get(name);
    if (statement === undefined) throw new TypeError(`there is no index ${name}`);
    this.#db.exec(statement);
  }
}
