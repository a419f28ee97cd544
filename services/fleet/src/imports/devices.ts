import { device as decider, FleetError, parseDeviceId } from "@fleetlog/domain";
import { deviceTokenOf } from "@fleetlog/identity";
import { checker, RegisterDeviceBody } from "@fleetlog/protocol";
import type { Room } from "../accounts/device-limit.ts";
import type { Caller } from "../caller.ts";
import { mustBeType } from "../configuration/device-types.ts";
import { mustHaveOwnTag } from "../devices/own-tags.ts";
import { type RegisterRequest, type Registration, registerIn } from "../devices/register.ts";
import { mustHaveFreeLogin } from "../provisioning/free-login.ts";
import { loadFromLog } from "../writer/load.ts";
import type { ImportRow } from "./record.ts";

const check = checker(RegisterDeviceBody);
const COLUMNS: ReadonlySet<string> = new Set(["id", "name", "tags", "type"]);

/** @throws FleetError `invalid-request` for a column that devices do not have */
export function mustBeDeviceColumn(column: string): void {
  if (COLUMNS.has(column)) return;
  throw new FleetError("invalid-request", `devices have no column ${JSON.stringify(column).slice(0, 80)}`, {
    field: "rows",
    advice: `There are ${[...COLUMNS].join(", ")}.`,
  });
}

/** @throws FleetError `invalid-request` naming the column */
export function deviceIn({ values }: ImportRow): RegisterRequest {
  const given: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(values)) {
    if (value === "" || value === null || value === undefined) continue;
    given[column] = column === "tags" && typeof value === "string" ? tagsIn(value) : value;
  }
  const checked = check(given);
  if (!checked.ok) throw new FleetError("invalid-request", checked.message, { field: checked.field });
  parseDeviceId(given.id);
  return checked.value;
}

/** Tags in one cell, separated by spaces, commas or semicolons. */
function tagsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((tag) => tag !== ""))];
}

/** Checks what the registration would check. */
export async function checkDevice(fleet: Registration, caller: Caller, account: string, row: ImportRow): Promise<void> {
  const { id, tags = [], type } = deviceIn(row);
  mustHaveOwnTag(caller, "device.register", tags);
  if (type !== undefined) await mustBeType(fleet, { account, name: type });
  await mustHaveFreeLogin(fleet, String(id));
  const { state } = await loadFromLog(fleet.log, decider, "device", String(id));
  decider.decide({ type: "RegisterDevice", device: String(id), tags, by: caller.by }, state);
}

export interface DevicePlace {
  readonly account: string;
  readonly room: Room;
  /** Id of the registration's event: another for each row of each import. */
  readonly eventId: string;
  readonly secret: Buffer;
  /** The row may have been tried before: what that attempt has left undone is completed. */
  readonly again: boolean;
}

/** Registers the row's device. Its event's id and its token are the same each time. */
export async function importDevice(
  fleet: Registration,
  caller: Caller,
  { account, room, eventId, secret, again }: DevicePlace,
  row: ImportRow,
): Promise<{ readonly id: string }> {
  const request = deviceIn(row);
  const id = String(request.id);
  const token = deviceTokenOf(id, secret);
  const before = again ? await registrationBy(fleet, id, eventId) : "missing";
  if (before === "missing") {
    await room.add(() => registerIn(fleet, { ...caller, eventId }, account, { ...request, token }));
  } else if (before === "valid" && (await fleet.credentials.statusOf(id)) !== "valid") {
    await fleet.credentials.issue(id, account, token);
  }
  return { id };
}

/** Whether the event with this id has registered the device, and the device was retired since. */
async function registrationBy(
  { log }: Registration,
  device: string,
  eventId: string,
): Promise<"missing" | "valid" | "retired"> {
  let found: "missing" | "valid" | "retired" = "missing";
  for await (const event of log.read({ stream: "FLEET", categories: ["device"], entity: device })) {
    if (event.id === eventId) found = "valid";
    if (event.type === "DeviceRetired" && found === "valid") found = "retired";
  }
  return found;
}
