import { FleetError, invalid, isDeviceId, type Scope } from "@fleetlog/domain";
import type { Moment, PastDevices } from "../moments/as-of.ts";

/** The devices to which a call about a span is limited. */
export interface Selection {
  readonly group?: string | undefined;
  /** The account of the group. */
  readonly account?: string | undefined;
  readonly device?: string | undefined;
  readonly scope?: Scope | undefined;
}

/** @throws FleetError `invalid-request` for fields that exclude each other */
export function checkSelection({ group, account, device }: Selection): void {
  if (group !== undefined && device !== undefined) throw invalid("device", "device and group exclude each other");
  if (account !== undefined && group === undefined)
    throw invalid("account", "account is only valid together with group");
}

/**
 * The devices that the scope may see today. With a group: only devices that the group had at `from` or at `to`.
 * Undefined means all devices.
 *
 * @throws FleetError `device-unknown`, `group-unknown`
 */
export async function selectedDevices(
  devices: PastDevices,
  selection: Selection,
  from: Moment,
  to: Moment,
): Promise<readonly string[] | undefined> {
  const { device, group, scope } = selection;
  const visible = await devices.visibleDevices(scope, from.seq);
  if (device !== undefined) {
    const isVisible =
      visible === undefined ? isDeviceId(device) && (await devices.hasDevice(device)) : visible.includes(device);
    if (isVisible) return [device];
    throw new FleetError("device-unknown", `there is no device ${device}`, { field: "device" });
  }
  return group === undefined ? visible : await listedDevices(devices, selection, from, to);
}

/**
 * The devices that the list, or the group, had at `from` or at `to`, and that the scope may see today. Before the log's
 * first event there are none.
 *
 * @throws FleetError `group-unknown`
 */
export async function listedDevices(
  devices: Pick<PastDevices, "visibleDevices" | "devicesOf">,
  { group, account, scope }: Selection,
  from: Moment,
  to: Moment,
): Promise<readonly string[]> {
  const params = { ...(group !== undefined && { group }), ...(account !== undefined && { account }) };
  const moments = from.seq === 0 ? [to] : [from, to];
  const found = await Promise.allSettled(moments.map((moment) => devices.devicesOf(params, scope, moment)));
  const listed = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  for (const one of found) {
    // The group may have been made or deleted between the moments.
    if (one.status === "rejected" && !(isUnknownGroup(one.reason) && listed.length > 0)) throw one.reason;
  }
  const visible = await devices.visibleDevices(scope, from.seq);
  const within = visible && new Set(visible);
  return [...new Set(listed.flat())].filter((device) => within?.has(device) ?? true);
}

function isUnknownGroup(error: unknown): boolean {
  return error instanceof FleetError && error.code === "group-unknown";
}
