import { type DefinitionId, MAIN_ACCOUNT } from "@fleetlog/domain";
import type { Filter } from "../filter.ts";
import type { Projection, ViewRow } from "../projection.ts";

/** A thing that people define by name, such as a device type. Its deletion keeps the row. */
export interface DefinitionRow<Definition> extends ViewRow {
  readonly name: string;
  readonly account: string;
  /** Absent: deleted. */
  readonly definition?: Definition;
  readonly changedAt: string;
  readonly changedBy: string;
}

export function definitionRow<Definition>(
  { seq, time }: { readonly seq: number; readonly time: string },
  {
    name,
    account = MAIN_ACCOUNT,
    definition,
    by,
  }: DefinitionId & {
    readonly definition?: Definition;
    readonly by: string;
  },
): DefinitionRow<Definition> {
  return { seq, name, account, ...(definition !== undefined && { definition }), changedAt: time, changedBy: by };
}

export const DEFINITION_ORDER = [{ column: "account" }, { column: "key" }] as const;

export const DEFINITIONS = {
  belongs: "account",
  columns: [
    { name: "defined", type: "integer", of: (row) => (row.definition === undefined ? 0 : 1) },
    { name: "account", type: "text", fixed: true, of: (row) => row.account },
    { name: "name", type: "text", fixed: true, selective: true, of: (row) => row.name },
  ],
  indexes: [{ on: ["defined", "account", "key"] }, { on: ["name"] }],
} as const satisfies Pick<Projection<DefinitionRow<unknown>>, "belongs" | "columns" | "indexes">;

export function definedAs({ account, name }: { readonly account?: string; readonly name?: string }): Filter {
  return {
    and: [
      { column: "defined", eq: 1 },
      ...(account === undefined ? [] : [{ column: "account", eq: account }]),
      ...(name === undefined ? [] : [{ column: "name", eq: name }]),
    ],
  };
}
