import { randomBytes } from "node:crypto";
import { DEVICE_ID_ACCEPTS, type DeviceLogin, invalid, isDeviceId } from "@fleetlog/domain";
import { canonicalAddress, type NewLogin } from "@fleetlog/identity";
import { DIALECTS, type DialectLogins, type DialectName, dialectLogins, HEX_ID } from "@fleetlog/protocol";

/** How a device logs in, as a call describes it. */
export interface AskedLogin {
  readonly login?:
    | {
        readonly account?: string | undefined;
        readonly clientId: string;
        readonly userName: string;
        readonly password?: string | undefined;
      }
    | undefined;
  readonly address?: string | undefined;
}

const ID_BYTES = 20;

/** A level of a topic: no separators and no wildcards. Topics that begin with `$` are reserved. */
const TOPIC_LEVEL = /^(?!\$)[^/+#\0]+$/;

/** @throws FleetError `invalid-request` naming the field that the dialect does not allow, or needs */
export function loginOf(dialect: DialectName, { login, address }: AskedLogin, isNew: boolean): NewLogin | undefined {
  const { names = [], hasAddress, namesAreLevels }: DialectLogins = DIALECTS[dialect];
  if (address !== undefined && !hasAddress) throw invalid("address", `a device of ${dialect} has no address`);
  if (login !== undefined && names.length === 0)
    throw invalid("login", `a device of ${dialect} has no names to log in with`);
  if (address !== undefined) {
    const canonical = canonicalAddress(address);
    if (canonical === undefined) throw invalid("address", "address must be an IPv4 or IPv6 address");
    return { login: { address: canonical } };
  }
  if (names.length === 0) return undefined;
  if (login === undefined) throw invalid("login", `a device of ${dialect} needs a log-in`);
  for (const field of ["account", "clientId", "userName"] as const) {
    const isNeeded = names.includes(field);
    if (isNeeded !== (login[field] !== undefined))
      throw invalid(`login.${field}`, isNeeded ? `login.${field} is needed` : `a device of ${dialect} has no ${field}`);
  }
  for (const field of ["account", "clientId"] as const) {
    if (namesAreLevels && !TOPIC_LEVEL.test(login[field] ?? "x"))
      throw invalid(`login.${field}`, `login.${field} can't have '/', '+' or '#', or begin with '$'`);
  }
  if (isNew && login.password === undefined) throw invalid("login.password", "login.password is needed");
  const { password, account, clientId, userName } = login;
  return { login: { ...(account !== undefined && { account }), clientId, userName }, password };
}

/** Whether a device of the dialect gets a new id if it is registered without one. */
export function makesIds(dialect: DialectName | undefined): boolean {
  return dialectLogins(dialect)?.hasHexIds === true;
}

export function newDeviceId(random: Buffer): string {
  return random.subarray(0, ID_BYTES).toString("hex");
}

/** The id under which a device is registered: the id in its log-in if there is one, otherwise the given id. */
export function idOf(dialect: DialectName, id: unknown, login: DeviceLogin | undefined): unknown {
  const { idFrom, hasHexIds }: DialectLogins = DIALECTS[dialect];
  if (makesIds(dialect) && id === undefined) return newDeviceId(randomBytes(ID_BYTES));
  const named = login && idFrom?.map((name) => login[name]).join(":");
  if (named !== undefined && isDeviceId(named)) {
    if (id !== undefined && id !== named) throw invalid("id", `with this log-in the id is ${named}: leave it out`);
    return named;
  }
  if (id === undefined) throw invalid("id", `an id is needed: ${DEVICE_ID_ACCEPTS}`);
  if (hasHexIds && !HEX_ID.test(String(id)))
    throw invalid("id", `an id of ${dialect} has 40 lower-case hexadecimal digits`);
  return id;
}
