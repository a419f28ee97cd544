import type { DeviceSortKey, ListDevicesQuery } from "@fleetlog/protocol";
import type { Order } from "../../select/filter.ts";
import type { Answer } from "../view.ts";
import { deviceFilter } from "./filter.ts";
import { DEVICES, resourcesOf } from "./rows.ts";

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

export const listDevices: Answer<"devices.list"> = (reader, params) => {
  const { sort = "id", limit = DEFAULT_LIMIT, cursor, offset } = params;
  const request = {
    list: sort === "id" ? "devices" : `devices ${sort}`,
    filter: deviceFilter(params),
    order: orderOf(sort),
    limit,
    cursor,
    offset,
  };
  return reader.page(DEVICES, request, (ids) => resourcesOf(reader, ids));
};

function orderOf(sort: NonNullable<ListDevicesQuery["sort"]>): Order {
  const descending = sort.startsWith("-");
  const key = (descending ? sort.slice(1) : sort) as DeviceSortKey;
  return [{ column: COLUMNS[key], descending }];
}
