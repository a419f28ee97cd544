import { DEVICE_ID_ACCEPTS, isDeviceId } from "@fleetlog/domain";
import { madeDeviceId } from "@fleetlog/fleet";
import { checker, RegisterDeviceBody } from "@fleetlog/protocol";
import { type PlannedDevice, RecordFault } from "../records.ts";
import { tagsIn, textIn } from "./fields.ts";

const checkBody = checker(RegisterDeviceBody);

const NAMES = {
  "login.clientId": "clientid",
  "login.userName": "username",
  "login.password": "password",
  login: "clientid",
} as const;

export interface TpedmOptions {
  readonly account: string | undefined;
}

/**
 * A device of TPEDM: `clientid`, `username`, `password`, and optionally `id`, `name` and `tags`. Without an id, a
 * clientid that is no valid id gives the same id as in TPEDM's web API.
 * @throws RecordFault
 */
export function planTpedm(fields: Readonly<Record<string, unknown>>, { account }: TpedmOptions): PlannedDevice {
  const clientId = textIn(fields, "clientid");
  const fault = (field: string, reason: string) => new RecordFault("device", clientId, field, reason);
  for (const field of ["clientid", "username", "password"] as const)
    if (!(field in fields)) throw fault(field, `the file has no column ${field}`);
  const userName = textIn(fields, "username");
  const password = textIn(fields, "password");
  if (clientId === undefined) throw fault("clientid", "clientid is empty");
  if (userName === undefined) throw fault("username", "username is empty");
  if (password === undefined) throw fault("password", "password is empty");
  const given = textIn(fields, "id");
  const hasId: boolean = isDeviceId(clientId);
  if (hasId && given !== undefined && given !== clientId)
    throw fault("id", `the id of this device is its clientid, ${clientId}; leave the cell empty`);
  const id = given ?? madeDeviceId(clientId);
  if (!isDeviceId(id)) throw fault("id", `id must be a device id: ${DEVICE_ID_ACCEPTS}`);
  const name = textIn(fields, "name");
  const tags = tagsIn(fields);
  const checked = checkBody({
    id,
    dialect: "tpedm",
    login: { clientId, userName, password },
    ...(name !== undefined && { name }),
    ...(tags.length > 0 && { tags }),
    ...(account !== undefined && { account }),
  });
  if (checked.ok) {
    const names = given === undefined ? { ...NAMES, id: "clientid" } : NAMES;
    return { kind: "device", id, body: { ...checked.value, id }, names };
  }
  const field = fieldIn(checked.field, NAMES);
  throw fault(field, checked.message.replaceAll(checked.field, field));
}

/** The name that a field of the API has in the file. */
export function fieldIn(field: string, names: Readonly<Record<string, string>>): string {
  return names[field] ?? field.replace(/[[.].*$/, "");
}
