import {
  accountOf,
  type Category,
  DEVICE_CATEGORIES,
  isLimited,
  isWithin,
  type ParsedSubject,
  type RecordedEvent,
  type Scope,
} from "@fleetlog/domain";
import type { OwnedDevices } from "./devices.ts";

const OF_DEVICES: ReadonlySet<Category> = new Set(DEVICE_CATEGORIES);
/** Events of these categories belong to no account. */
export const OF_INSTALLATION: ReadonlySet<Category> = new Set(["gateway", "access", "delivery"]);

export type IsInScope = (event: RecordedEvent, place: ParsedSubject) => boolean;

/**
 * Whether an event is within a scope: for an event of a device, by the device's account and tags of today; for others,
 * by the event's account. Undefined if every event is within it.
 */
export function inScope(scope: Scope, devices: Pick<OwnedDevices, "get">): IsInScope | undefined {
  if (!isLimited(scope)) return undefined;
  return (event, { category, entity }) => {
    if (!OF_DEVICES.has(category)) {
      if (scope.tags !== undefined || OF_INSTALLATION.has(category)) return false;
      return scope.accounts?.includes(accountOf(event)) ?? true;
    }
    const device = devices.get(entity);
    if (device === undefined || !isWithin(scope, device)) return false;
    if (scope.accounts === undefined || device.historyFrom === undefined) return true;
    return event.stream === "FLEET" ? event.seq >= device.historyFrom : accountOf(event) === device.account;
  };
}

/** Those of the devices that are within the scope also by the newest events of the log, which the history may lack. */
export async function stillWithin(
  scope: Scope,
  ids: readonly string[],
  devices: Pick<OwnedDevices, "load" | "get">,
): Promise<readonly string[]> {
  await devices.load();
  return ids.filter((id) => {
    const device = devices.get(id);
    return device !== undefined && isWithin(scope, device);
  });
}
