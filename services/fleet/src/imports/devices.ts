import { deviceDecider, FleetError, normalClaimCode, parseDeviceId } from "@fleetlog/domain";
import { deviceTokenOf } from "@fleetlog/identity";
import { withoutRepeats } from "@fleetlog/log";
import { checker, RegisterDeviceBody } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import { claimCodeIdOf, loadClaimCode } from "../claims/load.ts";
import { makeCode } from "../claims/make.ts";
import { mustBeType } from "../configuration/device-types.ts";
import type { CreatedRow, ImportRow } from "../dependencies/imports/record.ts";
import { alignCredential } from "../devices/credential.ts";
import { mustHaveOwnTag } from "../devices/own-tags.ts";
import { type RegisterRequest, type Registration, registerIn } from "../devices/register.ts";
import { retireDevice } from "../devices/retire.ts";
import { mustHaveFreeLogin } from "../logins/free-login.ts";
import { plainByDefault } from "../provisioning/plain.ts";
import { loadFromLog } from "../writer/load.ts";
import type { Creation, RowKind } from "./row-kind.ts";
import { tagsIn } from "./tags.ts";

const check = checker(RegisterDeviceBody);
/**
 * Minimum length of a claim code, because shorter ones could be guessed. Shorter codes of earlier imports stay valid.
 */
const MIN_CODE_LENGTH = 12;
const COLUMNS: ReadonlySet<string> = new Set(["id", "name", "tags", "type", "claimCode"]);

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
  credentialsOf: ({ row, id, claimable }, secretOf) =>
    claimable ? { row, id } : { row, id, token: deviceTokenOf(id, secretOf(`row ${row}`)) },
};

/** @throws FleetError `invalid-request` naming the column */
function deviceIn({ values }: ImportRow): RegisterRequest {
  const given: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(values)) {
    if (column === "claimCode" || value === "" || value === null || value === undefined) continue;
    given[column] = column === "tags" && typeof value === "string" ? tagsIn(value) : value;
  }
  const checked = check(given);
  if (!checked.ok) throw new FleetError("invalid-request", checked.message, { field: checked.field });
  parseDeviceId(given.id);
  return checked.value;
}

async function checkDevice(fleet: Registration, caller: Caller, account: string, row: ImportRow): Promise<void> {
  const { id, tags = [], type } = deviceIn(row);
  const code = claimCodeIn(row);
  if (code !== undefined) await mustBeNewCode(fleet, code, account);
  mustHaveOwnTag(caller, "device.register", tags);
  if (type !== undefined) await mustBeType(fleet, { account, name: type });
  await mustHaveFreeLogin(fleet, String(id));
  const { state } = await loadFromLog(fleet.log, deviceDecider, "device", String(id));
  deviceDecider.decide({ type: "RegisterDevice", device: String(id), tags, by: caller.by }, state);
}

/** Registers the row's device. A repetition makes the same event id and token. */
async function importDevice(around: Creation, row: ImportRow): Promise<CreatedRow> {
  const { fleet, caller, account, room, secretOf, again } = around;
  const request = deviceIn(row);
  const id = String(request.id);
  const code = claimCodeIn(row);
  const token = code === undefined ? deviceTokenOf(id, secretOf(`row ${row.row}`)) : null;
  const eventId = `${around.import}.${row.row}`;
  const since = again ? await fleet.credentials.revisionOf(id) : 0;
  const before = again ? await registrationBy(fleet, id, eventId) : "missing";
  if (before === "missing") {
    if (code !== undefined) await mustBeNewCode(fleet, code);
    await room.add(() => registerIn(fleet, { ...caller, eventId }, account, { ...request, token }));
  } else if (before === "valid" && token !== null && (await fleet.credentials.statusOf(id)) !== "valid") {
    // If the token is not stored, somebody has given the device another token, or has retired the device.
    if (await fleet.credentials.issueSince(id, since, account, token)) await alignCredential(fleet, id);
  }
  if (code === undefined) return { row: row.row, id };
  if (before !== "retired") await giveCode(around, row, code, id);
  return { row: row.row, id, claimable: true };
}

/** Makes the row's claim code. If the code is another device's, the row's device is retired. */
async function giveCode({ fleet, caller, account, ...around }: Creation, { row }: ImportRow, code: string, id: string) {
  const order = { batch: around.import, number: row, device: id, tags: [], allowPlain: plainByDefault(fleet) };
  try {
    await makeCode(fleet, caller, account, code, order);
  } catch (error) {
    const isTaken = error instanceof FleetError && error.code === "conflict";
    if (!isTaken) throw error;
    const found = await loadClaimCode(fleet, claimCodeIdOf(fleet, code) ?? "");
    if (found?.batch === order.batch && found.number === row) return;
    await retireDevice(fleet, caller, id, { reason: "its claim code is that of another device" });
    throw codeTaken();
  }
}

/** @throws FleetError `invalid-request` for a value that can't be a claim code */
function claimCodeIn({ values: { claimCode } }: ImportRow): string | undefined {
  if (claimCode === undefined || claimCode === null || claimCode === "") return undefined;
  const { length } = (typeof claimCode === "string" && normalClaimCode(claimCode)) || "";
  if (typeof claimCode === "string" && length >= MIN_CODE_LENGTH) return claimCode;
  throw new FleetError("invalid-request", `a claim code has ${MIN_CODE_LENGTH} to 64 letters and digits`, {
    field: "claimCode",
  });
}

/** @param account limits the check to its codes: a dry run must not reveal codes of other accounts */
async function mustBeNewCode(fleet: Registration, code: string, account?: string): Promise<void> {
  const found = await loadClaimCode(fleet, claimCodeIdOf(fleet, code) ?? "");
  if (found !== undefined && (account === undefined || found.account === account)) throw codeTaken();
}

function codeTaken(): FleetError {
  return new FleetError("conflict", "this claim code exists already", { field: "claimCode" });
}

async function registrationBy(
  { log }: Registration,
  device: string,
  eventId: string,
): Promise<"missing" | "valid" | "retired"> {
  let found: "missing" | "valid" | "retired" = "missing";
  const query = { stream: "FLEET", category: "device", entity: device } as const;
  for await (const event of withoutRepeats(log.read(query))) {
    if (event.id === eventId) found = "valid";
    if (event.type === "DeviceRetired" && found === "valid") found = "retired";
  }
  return found;
}
