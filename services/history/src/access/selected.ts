import { FleetError, invalid, isDeviceId, type Scope } from "@fleetlog/domain";
import type { Moment, PastDevices } from "../as-of/as-of.ts";

/** Which devices of a span a call is about. */
export interface Selection {
  readonly group?: string | undefined;
  /** The group's. */
  readonly account?: string | undefined;
  readonly device?: string | undefined;
  readonly scope?: Scope | undefined;
}

/** @throws FleetError `invalid-request` for fields that exclude each other */
export function checkSelection({ group, account, device }: Selection): void {
  if (group !== undefined && device !== undefined) throw invalid("device", "device and group exclude each other");
  if (account !== undefined && group === undefined) throw invalid("account", "account is only for a group");
}

/**
 * The devices that the scope may see today; of a group those that it had at either moment. Undefined: all.
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
  if (group === undefined) return visible;
  const members = await membersOf(devices, selection, [from, to]);
  if (visible === undefined) return members;
  const within = new Set(visible);
  return members.filter((member) => within.has(member));
}

/** Of the group at either moment. */
async function membersOf(
  devices: PastDevices,
  { group, account, scope }: Selection,
  [from, to]: readonly [Moment, Moment],
): Promise<readonly string[]> {
  const params = { ...(group !== undefined && { group }), ...(account !== undefined && { account }) };
  const [first, second] = await Promise.allSettled(
    [from, to].map((moment) => devices.devicesOf(params, scope, moment)),
  );
  const isUnknown = (one: typeof first) =>
    one?.status === "rejected" && one.reason instanceof FleetError && one.reason.code === "group-unknown";
  for (const [one, other] of [
    [first, second],
    [second, first],
  ]) {
    if (one?.status === "rejected" && !(isUnknown(one) && other?.status === "fulfilled")) throw one.reason;
  }
  return [...new Set([first, second].flatMap((one) => (one?.status === "fulfilled" ? one.value : [])))];
}
