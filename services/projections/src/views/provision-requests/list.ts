import { artifactEntity } from "@fleetlog/domain";
import type { ListProvisionRequestsQuery, ProvisionRequestResource } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import { fitting } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import { searchFilters } from "../search.ts";
import type { Answer } from "../view.ts";
import { type ProvisionRequestRow, provisionRequests } from "./provision-requests.ts";

const DEFAULT_LIMIT = 100;
const REQUESTS = { tables: [provisionRequests] };
const OPEN: Filter = { column: "open", eq: 1 };

export const listProvisionRequests: Answer<"provisionRequests.list"> = (reader, params) => {
  const { limit = DEFAULT_LIMIT, cursor } = params;
  const order = [{ column: "ordinal", descending: true }];
  const request = { list: "provision requests", filter: filterOf(params), order, limit, cursor };
  return reader.page(REQUESTS, request, (keys) => resourcesOf(reader, keys));
};

export const getProvisionRequest: Answer<"provisionRequests.get"> = (reader, { id }) =>
  resourcesOf(reader, [id])[0] ?? null;

export const openProvisionRequests: Answer<"provisionRequests.open"> = (
  reader,
  { after = 0, limit = DEFAULT_LIMIT },
) => {
  const keys = reader.keys(REQUESTS, OPEN, [{ column: "ordinal" }], { after: [after], limit });
  const rows = rowsOf(reader, keys).map((row) => ({
    request: row.request.id,
    ordinal: row.createdSeq,
    row: resourceOf(row),
  }));
  return [...fitting(rows, reader.answerBytes)];
};

export const provisionRequestUsing: Answer<"provisionRequests.using"> = (reader, artifact) => {
  const uses: Filter = { and: [OPEN, { column: "uses", anyOfFew: [artifactEntity(artifact)] }] };
  return reader.keys(REQUESTS, uses, [{ column: "ordinal" }], { limit: 1 })[0] ?? null;
};

function filterOf({ state, open, device, enrolmentGroup, account, search }: ListProvisionRequestsQuery): Filter {
  const filters: Filter[] = [];
  if (state !== undefined) filters.push({ column: "state", eq: state });
  if (open !== undefined) filters.push({ column: "open", eq: open ? 1 : 0 });
  if (device !== undefined) filters.push({ column: "device", eq: device });
  if (enrolmentGroup !== undefined) filters.push({ column: "enrolmentGroup", eq: enrolmentGroup });
  if (account !== undefined) filters.push({ column: "account", eq: account });
  filters.push(...searchFilters(search));
  return { and: filters };
}

function rowsOf(reader: Reader, keys: readonly string[]): ProvisionRequestRow[] {
  const rows = reader.rows<{ row: string }>(REQUESTS, keys, { row: "provisionRequests.row" });
  return rows.map(({ row }) => JSON.parse(row) as ProvisionRequestRow);
}

function resourcesOf(reader: Reader, keys: readonly string[]): ProvisionRequestResource[] {
  return rowsOf(reader, keys).map(resourceOf);
}

function resourceOf({ request, createdAt, createdBy, updatedAt, seq }: ProvisionRequestRow): ProvisionRequestResource {
  const { acceptedSeq: _, device, bundles, configuration, error, ...rest } = request;
  return {
    ...rest,
    device: { ...device, tags: [...device.tags] },
    ...(configuration !== undefined && { configuration: { ...configuration } }),
    bundles: [...bundles],
    ...(error !== undefined && { error }),
    createdAt,
    createdBy,
    updatedAt,
    seq,
  };
}
