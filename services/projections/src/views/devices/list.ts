import { isLimited } from "@fleetlog/domain";
import type { DeviceSortKey, DeviceStatus, ListDevicesQuery } from "@fleetlog/protocol";
import type { Order } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer, ThreadOf } from "../view.ts";
import { deviceFilter, searchDevices, statelessFilters } from "./filter.ts";
import { DEVICES } from "./relation.ts";
import { resourcesOf } from "./rows.ts";
import { status } from "./status.ts";

const DEFAULT_LIMIT = 100;

const COLUMNS: Readonly<Record<DeviceSortKey, string>> = {
  id: "key",
  name: "name",
  model: "model",
  firmware: "firmware",
  registeredAt: "registeredAt",
  status: "status",
  since: "since",
  lastSeen: "seen",
  attention: "attention",
};

/** Columns whose values never change, so devices keep their places when sorted by them. */
const LASTING: ReadonlySet<string> = new Set(["key", "registeredAt"]);
/** Pages with a larger limit or offset take more than a few milliseconds. */
const SHORT = { limit: 200, offset: 1_000 } as const;

export const listDevices: Answer<"devices.list"> = (reader, params) => {
  const { sort = "id", limit = DEFAULT_LIMIT, cursor, offset, within } = params;
  const request = {
    list: sort === "id" ? "devices" : `devices ${sort}`,
    filter: deviceFilter(reader, params),
    order: orderOf(sort),
    limit,
    cursor,
    moves: moves(params),
    offset,
    within,
  };
  const page = reader.page(DEVICES, request, (ids) => resourcesOf(reader, ids));
  return params.counts === true ? { ...page, byStatus: countByStatus(reader, params) } : page;
};

function moves(params: ListDevicesQuery): boolean {
  return !LASTING.has(COLUMNS[keyOf(params.sort ?? "id")]) || params.status !== undefined || isFiltered(params);
}

function isFiltered({ search = "", ...params }: ListDevicesQuery): boolean {
  const { tag, model, firmware, type, dialect, group, update, seenSince, notSeenSince } = params;
  const exact = [tag, model, firmware, type, dialect, group, update, seenSince, notSeenSince];
  return searchDevices(search).length > 0 || exact.some((one) => one !== undefined);
}

/** Searches check every device. Other long lists have their own thread. */
export const threadOfList: ThreadOf<ListDevicesQuery> = (params, scope) => {
  const { search, limit = DEFAULT_LIMIT, offset = 0 } = params;
  if (search !== undefined || (scope !== undefined && isLimited(scope))) return "search";
  const isShort = limit <= SHORT.limit && offset <= SHORT.offset;
  return isShort && !moves(params) ? undefined : "list";
};

function countByStatus(reader: Reader, params: ListDevicesQuery): Record<DeviceStatus, number> {
  const filters = statelessFilters(reader, params);
  const counts =
    filters.length === 0 ? reader.counts(status, "status") : reader.tally(DEVICES, { and: filters }, "status");
  const of = (one: DeviceStatus): number => counts.get(one) ?? 0;
  return {
    connected: of("connected"),
    disconnected: of("disconnected"),
    "never-connected": of("never-connected"),
    retired: of("retired"),
  };
}

function orderOf(sort: NonNullable<ListDevicesQuery["sort"]>): Order {
  return [{ column: COLUMNS[keyOf(sort)], descending: sort.startsWith("-") }];
}

function keyOf(sort: NonNullable<ListDevicesQuery["sort"]>): DeviceSortKey {
  return (sort.startsWith("-") ? sort.slice(1) : sort) as DeviceSortKey;
}
