import type { Projection } from "../projection.ts";

/**
 * The projection for a store that folds and answers no queries: without the columns, indexes and counts of queries, which
 * cost more than the rows themselves.
 *
 * A store of this projection has another layout than a store of the whole one.
 */
export function foldOnly(projection: Projection): Projection {
  const { foundBy = [], columns, indexes } = projection;
  const { derived: _, facets: __, ...others } = projection;
  return {
    ...others,
    belongs: "shared",
    columns: columns.filter(({ name }) => foundBy.includes(name)).map(({ memberTable: ___, ...column }) => column),
    indexes: foundBy
      .filter((column) => indexes.some(({ on }) => on[0] === column))
      .map((column) => ({ on: [column, "key"] })),
  };
}
