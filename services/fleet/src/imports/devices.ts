import { device as decider, FleetError, parseDeviceId } from "@fleetlog/domain";
import { deviceTokenOf } from "@fleetlog/identity";
import { checker, RegisterDeviceBody } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import { mustBeType } from "../configuration/device-types.ts";
import { mustHaveOwnTag } from "../devices/own-tags.ts";
import { type RegisterRequest, type Registration, registerIn } from "../devices/register.ts";
import { mustHaveFreeLogin } from "../provisioning/free-login.ts";
import { loadFromLog } from "../writer/load.ts";
import type { CreatedRow, ImportRow } from "./record.ts";
import type { Creation, RowKind } from "./row-kind.ts";
import { tagsIn } from "./tags.ts";

const check = checker(RegisterDeviceBody);
const COLUMNS: ReadonlySet<string> = new Set(["id", "name", "tags", "type"]);

export const devices: RowKind = {
  named: "id",
  countsDevices: true,
  mustBeColumn(column) {
    if (COLUMNS.has(column)) return;
    throw new FleetError("invalid-request", `devices have no column ${JSON.stringify(column).slice(0, 80)}`, {
      field: "rows",
      advice: `There are ${[...COLUMNS].join(", ")}. Other columns need a template of provision requests.`,
    });
  },
  async check({ fleet, caller, account, room }, row) {
    await room.add(() => checkDevice(fleet, caller, account, row));
    const id = String(row.values.id);
    const repeated = new FleetError("device-exists", `an earlier row has the id ${id}`, { field: "id" });
    return { id, key: id, repeated };
  },
  create: importDevice,
  credentialsOf: ({ row, id }, secretOf) => ({ row, id, token: deviceTokenOf(id, secretOf(`row ${row}`)) }),
};

/** @throws FleetError `invalid-request` naming the column */
function deviceIn({ values }: ImportRow): RegisterRequest {
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

/** Checks what the registration would check. */
async function checkDevice(fleet: Registration, caller: Caller, account: string, row: ImportRow): Promise<void> {
  const { id, tags = [], type } = deviceIn(row);
  mustHaveOwnTag(caller, "device.register", tags);
  if (type !== undefined) await mustBeType(fleet, { account, name: type });
  await mustHaveFreeLogin(fleet, String(id));
  const { state } = await loadFromLog(fleet.log, decider, "device", String(id));
  decider.decide({ type: "RegisterDevice", device: String(id), tags, by: caller.by }, state);
}

/** Registers the row's device. Its event's id and its token are the same each time. */
async function importDevice(around: Creation, row: ImportRow): Promise<CreatedRow> {
  const { fleet, caller, account, room, secretOf, again } = around;
  const request = deviceIn(row);
  const id = String(request.id);
  const token = deviceTokenOf(id, secretOf(`row ${row.row}`));
  // Another one for each row of each import.
  const eventId = `${around.import}.${row.row}`;
  const before = again ? await registrationBy(fleet, id, eventId) : "missing";
  if (before === "missing") {
    await room.add(() => registerIn(fleet, { ...caller, eventId }, account, { ...request, token }));
  } else if (before === "valid" && (await fleet.credentials.statusOf(id)) !== "valid") {
    await fleet.credentials.issue(id, account, token);
  }
  return { row: row.row, id };
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
