import { dialectLogins, HEX_ID } from "@fleetlog/protocol/dialects";
import type { RegisterDeviceBody } from "../../data/devices.ts";

export type Field = "id" | "address" | "name" | "tags" | "account";
export type Faults = Readonly<Partial<Record<Field, string>>>;

const LONGEST = 128;
// The rules of DEVICE_ID_PATTERN of @fleetlog/domain, one by one for specific messages.
const FIRST = /^[A-Za-z0-9]/;
const OTHER = /[^A-Za-z0-9_:-]/u;

export function idFault(id: string): string {
  if (id === "") return "A device needs an id. Type one, or take a suggestion.";
  const odd = OTHER.exec(id)?.[0];
  if (odd !== undefined)
    return `${odd.trim() === "" ? "A space" : `“${odd}”`} cannot be in an id. Use letters, digits, “-”, “_” and “:”.`;
  if (!FIRST.test(id)) return "An id begins with a letter or a digit.";
  if (id.length > LONGEST) return `An id has at most ${LONGEST} characters; this one has ${id.length}.`;
  return "";
}

/** The fault of an id with 40 hexadecimal digits. Without an id, the gateway makes one. */
export function hexIdFault(id: string): string {
  return id === "" || HEX_ID.test(id) ? "" : "The id of such a device has 40 digits of 0 to 9 and a to f.";
}

export function faultsOf({ id = "", name = "", dialect }: RegisterDeviceBody): Faults {
  const fault = dialectLogins(dialect)?.hasHexIds ? hexIdFault(id) : idFault(id);
  return {
    ...(fault && { id: fault }),
    ...(name.length > LONGEST && { name: `A name has at most ${LONGEST} characters; this one has ${name.length}.` }),
  };
}

/** The form field for a field named by the gateway: `tags[0]` is in `tags`. */
export function fieldOf(named: string | undefined): Field | undefined {
  const field = /^(id|address|name|tags|account)\b/.exec(named ?? "")?.[1];
  return field as Field | undefined;
}
