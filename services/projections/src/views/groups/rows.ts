import type { Group } from "@fleetlog/domain";
import type { Reader } from "../../select/reader.ts";
import { type GroupRow, groups } from "./groups.ts";

export const GROUPS = { tables: [groups] };

export interface NamedGroup extends Group {
  readonly name: string;
}

/** Those that are defined, in the order of the names. */
export function groupsOf(reader: Reader, names: readonly string[]): NamedGroup[] {
  return groupRows(reader, names).flatMap(({ name, definition }) =>
    definition === undefined ? [] : [{ ...definition, name }],
  );
}

export function groupRows(reader: Reader, names: readonly string[]): (GroupRow & { readonly name: string })[] {
  const rows = reader.rows<{ name: string; row: string }>(GROUPS, names, { name: "groups.key", row: "groups.row" });
  return rows.map(({ name, row }) => ({ ...(JSON.parse(row) as GroupRow), name }));
}
