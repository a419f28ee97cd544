import type { ListDevicesQuery } from "@fleetlog/protocol";
import type { Reader } from "../../select/reader.ts";
import { deviceFilter } from "./filter.ts";
import { registry } from "./registry.ts";
import { DEVICES } from "./relation.ts";

/**
 * The ids of all devices on all pages of the list of devices, in order.
 *
 * @throws FleetError `group-unknown`
 */
export function devicesOf(reader: Reader, params: ListDevicesQuery): readonly string[] {
  return reader.keys(DEVICES, deviceFilter(reader, params), [{ column: "key" }], { limit: Number.MAX_SAFE_INTEGER });
}

/** Whether a device with this id was ever registered. */
export function isDevice(reader: Reader, id: string): boolean {
  return reader.keys({ tables: [registry] }, { column: "key", eq: id }, [{ column: "key" }], { limit: 1 }).length > 0;
}
