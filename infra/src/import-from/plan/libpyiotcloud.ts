import { createHash, type X509Certificate } from "node:crypto";
import { isEmail } from "@fleetlog/domain";
import { checker, RegisterDeviceBody } from "@fleetlog/protocol";
import { type Planned, type PlannedDevice, type PlannedPerson, RecordFault } from "../records.ts";
import { certificateIn, whyUseless } from "./certificates.ts";
import { textIn } from "./fields.ts";
import { fieldIn } from "./tpedm.ts";

const checkBody = checker(RegisterDeviceBody);
const DEVICE_ID = /^[0-9a-f]{40}$/;
const MAX_NAME = 128;
const NAMES = { id: "deviceid", name: "devicename", account: "username", dialect: "deviceid" } as const;
const ID_DIGITS = 16;

export interface LibpyiotcloudOptions {
  /** The account of everything in the file. Undefined: each person has an account of their own. */
  readonly account: string | undefined;
  readonly authorities: readonly X509Certificate[];
  readonly now: number;
}

/**
 * A document of one of the collections: `devices` has `deviceid`, and `profiles` has `email`.
 * @throws RecordFault
 */
export function planLibpyiotcloud(fields: Readonly<Record<string, unknown>>, options: LibpyiotcloudOptions): Planned {
  if ("deviceid" in fields) return device(fields, options);
  if ("email" in fields || "password" in fields) return person(fields, options);
  throw new RecordFault("record", undefined, "record", "this is neither a device (deviceid) nor a person (email)");
}

/** Id of a person's own account: a hash of the user name, so that it contains no personal data. */
export function ownAccountOf(userName: string): string {
  return `libpyiotcloud-${createHash("sha256").update(userName).digest("hex").slice(0, ID_DIGITS)}`;
}

function device(fields: Readonly<Record<string, unknown>>, options: LibpyiotcloudOptions): PlannedDevice {
  const id = textIn(fields, "deviceid");
  const fault = (field: string, reason: string) => new RecordFault("device", id, field, reason);
  if (id === undefined || !DEVICE_ID.test(id))
    throw fault("deviceid", "deviceid must be 40 lower-case hexadecimal digits");
  const owner = textIn(fields, "username");
  if (options.account === undefined && owner === undefined)
    throw fault("username", "username is empty, so the device has no owner; --account gives it an account");
  const account = options.account ?? ownAccountOf(owner as string);
  const name = textIn(fields, "devicename");
  const checked = checkBody({ id, dialect: "libpyiotcloud", account, ...(name !== undefined && { name }) });
  if (!checked.ok) {
    const field = fieldIn(checked.field, NAMES);
    throw fault(field, checked.message.replaceAll(checked.field, field));
  }
  const note = certificateNote(fields, id, options);
  return { kind: "device", id, body: { ...checked.value, id }, names: NAMES, note };
}

function certificateNote(
  fields: Readonly<Record<string, unknown>>,
  id: string,
  { authorities, now }: LibpyiotcloudOptions,
): string {
  const pem = textIn(fields, "cert");
  if (pem === undefined) return "needs a new certificate: the file has none";
  const certificate = certificateIn(pem);
  if (certificate === undefined) throw new RecordFault("device", id, "cert", "cert is no certificate in PEM");
  if (authorities.length === 0) return "needs a new certificate: no --authority was given";
  const why = whyUseless(certificate, id, authorities, now);
  return why === undefined ? "keeps its certificate" : `needs a new certificate: ${why}`;
}

function person(fields: Readonly<Record<string, unknown>>, { account }: LibpyiotcloudOptions): PlannedPerson {
  const userName = textIn(fields, "username")?.trim();
  const given = textIn(fields, "email")?.trim().normalize("NFC").toLowerCase();
  const id = given ?? userName;
  const fault = (field: string, reason: string) => new RecordFault("person", id, field, reason);
  if (given === undefined || !isEmail(given)) throw fault("email", "email must be an email address");
  if (userName === undefined || userName === "") throw fault("username", "username is empty");
  if (textIn(fields, "status") === "UNCONFIRMED")
    throw fault("status", "the address was never confirmed; the person can sign up again");
  const names = {
    userName,
    ...named("givenName", fields, ["givenname", "given_name"]),
    ...named("familyName", fields, ["familyname", "family_name"]),
  };
  const long = Object.entries(names).find(([, name]) => name.length > MAX_NAME);
  if (long !== undefined)
    throw fault(long[0].toLowerCase(), `${long[0].toLowerCase()} has more than ${MAX_NAME} characters`);
  // The account's id is made of the untrimmed name, as for the person's devices.
  return {
    kind: "person",
    id: given,
    account: account ?? ownAccountOf(textIn(fields, "username") as string),
    ...names,
  };
}

function named(name: string, fields: Readonly<Record<string, unknown>>, sources: readonly string[]) {
  const text = sources.map((source) => textIn(fields, source)?.trim()).find((one) => one !== undefined && one !== "");
  return text === undefined ? {} : { [name]: text };
}
