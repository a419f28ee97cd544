import type { ArtifactResource, ListArtifactsQuery } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import { searchFilters } from "../search.ts";
import type { Answer } from "../view.ts";
import { type ArtifactRow, artifacts } from "./artifacts.ts";

const DEFAULT_LIMIT = 100;
const ARTIFACTS = { tables: [artifacts] };
const STORED: Filter = { column: "deleted", eq: 0 };
const COLUMNS: Readonly<Record<string, string>> = { name: "byName", storedAt: "storedAt", size: "size" };

export const listArtifacts: Answer<"artifacts.list"> = (reader, params) => {
  const { sort = "-storedAt", limit = DEFAULT_LIMIT, cursor } = params;
  const column = COLUMNS[sort.replace("-", "")] ?? "storedAt";
  const request = {
    list: `artifacts ${sort}`,
    filter: filterOf(params),
    order: [{ column, descending: sort.startsWith("-") }],
    limit,
    cursor,
  };
  return reader.page(ARTIFACTS, request, (keys) => resourcesOf(reader, keys));
};

export const artifactUsage: Answer<"artifacts.usage"> = (reader, { account }) => {
  const bySize = reader.tally(ARTIFACTS, { and: [STORED, { column: "account", eq: account }] }, "size");
  let [versions, bytes] = [0, 0];
  for (const [size, count] of bySize) {
    versions += count;
    bytes += Number(size) * count;
  }
  return { versions, bytes };
};

function filterOf({ name, account, search }: ListArtifactsQuery): Filter {
  const filters: Filter[] = [STORED];
  if (name !== undefined) filters.push({ column: "name", eq: name });
  if (account !== undefined) filters.push({ column: "account", eq: account });
  filters.push(...searchFilters(search));
  return { and: filters };
}

function resourcesOf(reader: Reader, keys: readonly string[]): ArtifactResource[] {
  const rows = reader.rows<{ row: string }>(ARTIFACTS, keys, { row: "artifacts.row" });
  return rows.flatMap(({ row }) => {
    const { stored } = JSON.parse(row) as ArtifactRow;
    if (stored === undefined) return [];
    const { object: _, ...resource } = stored;
    return [resource];
  });
}
