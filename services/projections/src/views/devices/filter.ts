import { FleetError } from "@fleetlog/domain";
import type { ListDevicesQuery } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import { ofAnyType, ofType } from "../device-types/of-devices.ts";
import { groupsNamed, type NamedGroup } from "../groups/rows.ts";
import { searchFilters } from "../search.ts";
import { timeOf } from "../time-of.ts";
import { withUpdateState } from "../updates/filter.ts";

const MAX_TERMS = 8;

/** Retired devices are listed only on request. */
export function deviceFilter(reader: Reader, params: ListDevicesQuery): Filter {
  const { status } = params;
  const filters: Filter[] = [{ column: "retired", eq: status === "retired" ? 1 : 0 }];
  if (status !== undefined && status !== "retired") filters.push({ column: "status", eq: status });
  return { and: [...filters, ...statelessFilters(reader, params)] };
}

export function searchDevices(search: string): Filter[] {
  return searchFilters(search).slice(0, MAX_TERMS);
}

export function statelessFilters(reader: Reader, params: ListDevicesQuery): readonly Filter[] {
  const { search = "", account, tag, model, firmware, type, dialect, group, update, seenSince, notSeenSince } = params;
  const filters: Filter[] = searchDevices(search);
  if (account !== undefined) filters.push({ column: "account", eq: account });
  if (tag !== undefined) filters.push({ column: "tags", eq: tag });
  if (model !== undefined) filters.push({ column: "model", eq: model });
  if (firmware !== undefined) filters.push({ column: "firmware", eq: firmware });
  if (type !== undefined) filters.push(account === undefined ? ofAnyType(reader, type) : ofType(reader, account, type));
  if (dialect !== undefined) filters.push({ column: "dialect", eq: dialect });
  if (group !== undefined) filters.push(membersOf(reader, group, account));
  if (update !== undefined) filters.push(withUpdateState(update));
  if (seenSince !== undefined) filters.push({ column: "seen", gte: timeOf("seenSince", seenSince) });
  if (notSeenSince !== undefined) filters.push({ column: "seen", lt: timeOf("notSeenSince", notSeenSince) });
  return filters;
}

export function members(reader: Reader, { account, filter }: Pick<NamedGroup, "account" | "filter">): Filter {
  return deviceFilter(reader, { ...(filter as ListDevicesQuery), account });
}

/** @throws FleetError `group-unknown` */
function membersOf(reader: Reader, name: string, account: string | undefined): Filter {
  const groups = groupsNamed(reader, name, account);
  const [group, ...others] = groups;
  if (group === undefined) throw new FleetError("group-unknown", `there is no group ${name}`, { field: "group" });
  return others.length === 0 ? members(reader, group) : { or: groups.map((one) => members(reader, one)) };
}
