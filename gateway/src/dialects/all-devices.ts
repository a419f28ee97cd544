import type { QueryOptions, Views } from "@fleetlog/fleet";
import type { DeviceResource, ListDevicesQuery } from "@fleetlog/protocol";

const PAGE = 1_000;
/** The maximum number of devices in an answer: more would take several megabytes. */
const MAX_LISTED = 10_000;

/** The first 10,000 devices, for calls of older systems that have no pages. */
export async function allDevices(
  views: Pick<Views, "query">,
  query: ListDevicesQuery,
  options: QueryOptions,
): Promise<readonly DeviceResource[]> {
  const devices: DeviceResource[] = [];
  let cursor: string | undefined;
  do {
    const next = cursor === undefined ? {} : { cursor };
    const page = await views.query("devices.list", { ...query, limit: PAGE, ...next }, options);
    devices.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && devices.length < MAX_LISTED);
  return devices;
}
