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
import type { OwnedDevice, OwnedDevices } from "./devices.ts";

const OF_DEVICES: ReadonlySet<Category> = new Set(DEVICE_CATEGORIES);
/** Events of these categories belong to no account. */
export const OF_INSTALLATION: ReadonlySet<Category> = new Set(["gateway", "access", "delivery"]);

/** A device that a caller sees. */
export interface VisibleDevice {
  readonly id: string;
  /** Its account today. */
  readonly account: string;
  /** The FLEET sequence from which the caller sees its history; 0: all of it. */
  readonly since: number;
}

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
    const since = visibleSince(scope, device);
    if (device === undefined || since === undefined) return false;
    if (since === 0) return true;
    return event.stream === "FLEET" ? event.seq >= since : accountOf(event) === device.account;
  };
}

/**
 * The FLEET sequence from which a scope sees a device's history; 0: all of it; undefined: the scope does not see the device.
 * Account and tags of today decide. A move decides whether the history from before it came along.
 */
export function visibleSince(scope: Scope, device: OwnedDevice | undefined): number | undefined {
  if (device === undefined || !isWithin(scope, device)) return undefined;
  return scope.accounts === undefined ? 0 : (device.historyFrom ?? 0);
}

/** All devices that a limited scope sees, by the log's newest events. */
export async function visibleDevices(
  scope: Scope,
  devices: Pick<OwnedDevices, "load" | "all">,
): Promise<readonly VisibleDevice[]> {
  await devices.load();
  const visible: VisibleDevice[] = [];
  for (const [id, device] of devices.all()) {
    const since = visibleSince(scope, device);
    if (since !== undefined) visible.push({ id, account: device.account, since });
  }
  return visible;
}
