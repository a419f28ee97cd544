import { decodeSet, type Projection, type Rows, type Statement } from "@fleetlog/projections/folding";

/** Asks for `seq`: the sequence of the newest change of any row of a projection. */
export interface NewestChange {
  readonly changeOf: string;
}

export type Asked = Statement | NewestChange;

/** A key that is equal for statements with the same result. */
export function keyOf(asked: Asked): string {
  return JSON.stringify("changeOf" in asked ? asked.changeOf : [asked.sql, asked.values]);
}

type Row = Readonly<Record<string, unknown>>;

class Missing extends Error {
  readonly asked: Asked;

  constructor(asked: Asked) {
    super("the result of a statement is missing");
    this.asked = asked;
  }
}

/**
 * An answer asks for rows synchronously, but DuckDB returns them later. So the answer is aborted at the first statement
 * without a result, and run again when the result is there. Answers have no side effects.
 */
export async function replayed<T>(
  projections: ReadonlyMap<string, Projection>,
  ask: (asked: Asked) => Promise<readonly Row[]>,
  answer: (rows: Rows) => T,
): Promise<T> {
  const results = new Map<string, readonly Row[]>();
  const rows = new ReplayedRows(projections, results);
  for (;;) {
    try {
      return answer(rows);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      results.set(keyOf(error.asked), await ask(error.asked));
    }
  }
}

class ReplayedRows implements Rows {
  readonly #projections: ReadonlyMap<string, Projection>;
  readonly #results: ReadonlyMap<string, readonly Row[]>;

  constructor(projections: ReadonlyMap<string, Projection>, results: ReadonlyMap<string, readonly Row[]>) {
    this.#projections = projections;
    this.#results = results;
  }

  select<T>(statement: Statement): T[] {
    // Copies, because the reader changes the rows that it gets.
    return this.#resultOf(statement).map((row) => ({ ...row })) as T[];
  }

  projection(name: string): Projection {
    const found = this.#projections.get(name);
    if (found === undefined) throw new TypeError(`there is no projection ${name}`);
    return found;
  }

  counts(projection: string, column: string): ReadonlyMap<string, number> {
    const { facets = [], columns } = this.projection(projection);
    const facet = facets.find((one) => one.column === column);
    if (facet === undefined) throw new TypeError(`${projection} does not count ${column}`);
    const { among } = facet;
    const found = this.select<{ value: string; n: number }>({
      sql: `SELECT "${column}" AS value, count(*) AS n FROM ${projection}
       WHERE "${column}" IS NOT NULL${among === undefined ? "" : ` AND "${among.column}" = ?`} GROUP BY 1 ORDER BY 1`,
      values: among === undefined ? [] : [among.is],
      tables: [projection],
    });
    const isSet = columns.some(({ name, type }) => name === column && type === "set");
    const counts = new Map<string, number>();
    for (const { value, n } of found) {
      for (const one of isSet ? decodeSet(value) : [String(value)]) counts.set(one, (counts.get(one) ?? 0) + n);
    }
    return counts;
  }

  changedAt(projection: string): number {
    const [found] = this.#resultOf({ changeOf: this.projection(projection).name });
    return Number(found?.seq ?? 0);
  }

  #resultOf(asked: Asked): readonly Row[] {
    const found = this.#results.get(keyOf(asked));
    if (found === undefined) throw new Missing(asked);
    return found;
  }
}
