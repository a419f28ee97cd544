import type { DeviceSortKey, DeviceStatus, ListDevicesQuery } from "@fleetlog/protocol";
import type { Order } from "../../select/filter.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer } from "../view.ts";
import { deviceFilter, statelessFilters } from "./filter.ts";
import { DEVICES, resourcesOf } from "./rows.ts";
import { status } from "./status.ts";

const DEFAULT_LIMIT = 100;

/** The columns behind the names that a list can be sorted by. */
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

/** Orders in which a device changes its place. Its id and its registration never change. */
const MOVING: ReadonlySet<string> = new Set(["status", "since", "seen", "attention", "name", "model", "firmware"]);

export const listDevices: Answer<"devices.list"> = (reader, params) => {
  const { sort = "id", limit = DEFAULT_LIMIT, cursor, offset } = params;
  const request = {
    list: sort === "id" ? "devices" : `devices ${sort}`,
    filter: deviceFilter(params),
    order: orderOf(sort),
    limit,
    cursor,
    moves: MOVING.has(COLUMNS[keyOf(sort)]),
    offset,
  };
  const page = reader.page(DEVICES, request, (ids) => resourcesOf(reader, ids));
  return params.counts === true ? { ...page, byStatus: countByStatus(reader, params) } : page;
};

/** How many devices of each status match the other filters. */
function countByStatus(reader: Reader, params: ListDevicesQuery): Record<DeviceStatus, number> {
  const filters = statelessFilters(params);
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
