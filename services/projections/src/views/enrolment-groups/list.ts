import { artifactEntity } from "@fleetlog/domain";
import type { EnrolmentGroupResource } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import { searchFilters } from "../search.ts";
import type { Answer } from "../view.ts";
import { type EnrolmentGroupRow, enrolmentGroups } from "./enrolment-groups.ts";

const DEFAULT_LIMIT = 100;
const GROUPS = { tables: [enrolmentGroups] };

export const listEnrolmentGroups: Answer<"enrolmentGroups.list"> = (reader, params) => {
  const { limit = DEFAULT_LIMIT, cursor, ended, account, search } = params;
  const filters: Filter[] = [];
  if (ended !== undefined) filters.push({ column: "ended", eq: ended ? 1 : 0 });
  if (account !== undefined) filters.push({ column: "account", eq: account });
  filters.push(...searchFilters(search));
  const order = [{ column: "ordinal", descending: true }];
  const request = { list: "enrolment groups", filter: { and: filters }, order, limit, cursor };
  return reader.page(GROUPS, request, (keys) => resourcesOf(reader, keys));
};

export const getEnrolmentGroup: Answer<"enrolmentGroups.get"> = (reader, { id }) =>
  resourcesOf(reader, [id])[0] ?? null;

export const enrolmentGroupUsing: Answer<"enrolmentGroups.using"> = (reader, artifact) => {
  const uses: Filter = { column: "uses", anyOfFew: [artifactEntity(artifact)] };
  return reader.keys(GROUPS, uses, [{ column: "ordinal" }], { limit: 1 })[0] ?? null;
};

function resourcesOf(reader: Reader, keys: readonly string[]): EnrolmentGroupResource[] {
  const rows = reader.rows<{ row: string }>(GROUPS, keys, { row: "enrolmentGroups.row" });
  return rows.map(({ row }) => resourceOf(JSON.parse(row) as EnrolmentGroupRow));
}

function resourceOf({ group, overlapUntil, createdAt, createdBy, updatedAt, seq }: EnrolmentGroupRow) {
  const { activatesOn, expiresOn, deviceType, configuration, tags, bundles, ...rest } = group;
  return {
    ...rest,
    ...(activatesOn !== undefined && { activatesAt: activatesOn }),
    ...(expiresOn !== undefined && { expiresAt: expiresOn }),
    tags: [...tags],
    ...(deviceType !== undefined && { type: deviceType }),
    ...(configuration !== undefined && { configuration: { ...configuration } }),
    bundles: [...bundles],
    ...(overlapUntil !== undefined && { overlapUntil }),
    createdAt,
    createdBy,
    updatedAt,
    seq,
  };
}
