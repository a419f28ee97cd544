import type { ClaimCodeResource } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import { searchFilters } from "../search.ts";
import type { Answer } from "../view.ts";
import { type ClaimCodeRow, claimCodes, stateOf } from "./claim-codes.ts";

const DEFAULT_LIMIT = 100;
const CODES = { tables: [claimCodes] };

export const listClaimCodes: Answer<"claimCodes.list"> = (reader, params) => {
  const { limit = DEFAULT_LIMIT, cursor, search, state, batch, device, account } = params;
  const filters: Filter[] = [];
  for (const [column, eq] of Object.entries({ state, batch, device, account })) {
    if (eq !== undefined) filters.push({ column, eq });
  }
  filters.push(...searchFilters(search));
  const order = [{ column: "ordinal", descending: true }];
  const request = { list: "claim codes", filter: { and: filters }, order, limit, cursor };
  return reader.page(CODES, request, (keys) => resourcesOf(reader, keys));
};

export const getClaimCode: Answer<"claimCodes.get"> = (reader, { id }) => resourcesOf(reader, [id])[0] ?? null;

function resourcesOf(reader: Reader, keys: readonly string[]): ClaimCodeResource[] {
  const rows = reader.rows<{ row: string }>(CODES, keys, { row: "claimCodes.row" });
  return rows.map(({ row }) => resourceOf(JSON.parse(row) as ClaimCodeRow));
}

function resourceOf({ code, claimedAt, createdAt, createdBy, updatedAt, seq }: ClaimCodeRow): ClaimCodeResource {
  const {
    id,
    batch,
    number,
    account,
    device = code.shown?.device,
    serial,
    to,
    tags,
    deviceType,
    expiresOn,
    claim,
  } = code;
  return {
    id,
    batch,
    number,
    state: stateOf(code),
    account,
    ...(device !== undefined && { device }),
    ...(serial !== undefined && { serial }),
    ...(to !== undefined && { to }),
    tags: [...tags],
    ...(deviceType !== undefined && { type: deviceType }),
    ...(expiresOn !== undefined && { expiresAt: expiresOn }),
    ...(claim !== undefined && { claimedBy: claim.by, claimedFor: claim.account }),
    ...(claimedAt !== undefined && { claimedAt }),
    createdAt,
    createdBy,
    updatedAt,
    seq,
  };
}
