import type { Group } from "@fleetlog/domain";
import type { Reader } from "../../select/reader.ts";
import { DEFINITION_ORDER, definedAs } from "../definition.ts";
import { type GroupRow, groups } from "./groups.ts";

export const GROUPS = { tables: [groups] };
/** Maximum of groups with one name that a filter uses; they are in different accounts. */
const MAX_OF_A_NAME = 1_000;

export interface NamedGroup extends Group {
  readonly name: string;
  readonly account: string;
}

export function groupsOf(reader: Reader, keys: readonly string[]): NamedGroup[] {
  return groupRows(reader, keys).flatMap(({ name, account, definition }) =>
    definition === undefined ? [] : [{ ...definition, name, account }],
  );
}

export function groupsNamed(reader: Reader, name: string, account: string | undefined): NamedGroup[] {
  const filter = definedAs({ name, ...(account !== undefined && { account }) });
  return groupsOf(reader, reader.keys(GROUPS, filter, DEFINITION_ORDER, { limit: MAX_OF_A_NAME }));
}

export function groupRows(reader: Reader, keys: readonly string[]): GroupRow[] {
  return reader
    .rows<{ row: string }>(GROUPS, keys, { row: "groups.row" })
    .map(({ row }) => JSON.parse(row) as GroupRow);
}
