import type { ListDevicesQuery } from "@fleetlog/protocol";
import type { Filter } from "../../select/filter.ts";
import { timeOf } from "../time-of.ts";
import { searchable } from "./registry.ts";

const MAX_TERMS = 8;

/** The filter of a device list. Retired devices are listed only on request. */
export function deviceFilter(params: ListDevicesQuery): Filter {
  const { status } = params;
  const filters: Filter[] = [{ column: "retired", eq: status === "retired" ? 1 : 0 }];
  if (status !== undefined && status !== "retired") filters.push({ column: "status", eq: status });
  return { and: [...filters, ...statelessFilters(params)] };
}

/** Each word of a search must occur somewhere in the device. */
export function searchFilters(search: string): readonly Filter[] {
  const words = searchable(search)
    .split(/\s+/)
    .filter((word) => word !== "");
  return words.slice(0, MAX_TERMS).map((word) => ({ column: "search", contains: word }));
}

/** The filters of a device list, without the filter by status. */
export function statelessFilters(params: ListDevicesQuery): readonly Filter[] {
  const { search = "", account, tag, model, firmware, seenSince, notSeenSince } = params;
  const filters: Filter[] = [...searchFilters(search)];
  if (account !== undefined) filters.push({ column: "account", eq: account });
  if (tag !== undefined) filters.push({ column: "tags", eq: tag });
  if (model !== undefined) filters.push({ column: "model", eq: model });
  if (firmware !== undefined) filters.push({ column: "firmware", eq: firmware });
  if (seenSince !== undefined) filters.push({ column: "seen", gte: timeOf("seenSince", seenSince) });
  if (notSeenSince !== undefined) filters.push({ column: "seen", lt: timeOf("notSeenSince", notSeenSince) });
  return filters;
}
