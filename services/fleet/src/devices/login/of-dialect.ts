import { randomBytes } from "node:crypto";
import { DEVICE_ID_ACCEPTS, type DeviceLogin, type DialectName, invalid, isDeviceId } from "@fleetlog/domain";
import { canonicalAddress, type NewLogin } from "@fleetlog/identity";

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

interface DialectRule {
  /** Fields of `login` without the password; empty for a dialect without `login`. */
  readonly names: readonly ("account" | "clientId" | "userName")[];
  readonly hasAddress: boolean;
  /** The device's id according to its log-in. Undefined: the call must give the id. */
  idOf(login: DeviceLogin): string | undefined;
  /** Which ids are allowed; default: any. */
  readonly pattern?: RegExp;
  /** The names are levels of the device's topics. */
  readonly namesAreLevels?: true;
}

const ID_BYTES = 20;

const RULES: Readonly<Record<DialectName, DialectRule>> = {
  libpyiotcloud: {
    names: [],
    hasAddress: false,
    idOf: () => undefined,
    pattern: /^[0-9a-f]{40}$/,
  },
  tpedm: { names: ["clientId", "userName"], hasAddress: false, idOf: ({ clientId }) => clientId },
  edgebind: { names: [], hasAddress: true, idOf: () => undefined },
  kura: {
    names: ["account", "clientId", "userName"],
    hasAddress: false,
    idOf: ({ account, clientId }) => `${account}:${clientId}`,
    namesAreLevels: true,
  },
};

/** A level of a topic: no separators and no wildcards. Topics that begin with `$` are reserved. */
const TOPIC_LEVEL = /^(?!\$)[^/+#\0]+$/;

/** @throws FleetError `invalid-request` naming the field that the dialect does not allow, or needs */
export function loginOf(dialect: DialectName, { login, address }: AskedLogin, isNew: boolean): NewLogin | undefined {
  const { names, hasAddress, namesAreLevels } = RULES[dialect];
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

/** Whether a device of the dialect that is registered without an id gets a new one. */
export function makesIds(dialect: DialectName | undefined): boolean {
  return dialect === "libpyiotcloud";
}

export function newDeviceId(random: Buffer): string {
  return random.subarray(0, ID_BYTES).toString("hex");
}

/** The id under which a device is registered: the id in its log-in if there is one, otherwise the given id. */
export function idOf(dialect: DialectName, id: unknown, login: DeviceLogin | undefined): unknown {
  const { idOf, pattern } = RULES[dialect];
  if (makesIds(dialect) && id === undefined) return newDeviceId(randomBytes(ID_BYTES));
  const named = login === undefined ? undefined : idOf(login);
  if (named !== undefined && isDeviceId(named)) {
    if (id !== undefined && id !== named) throw invalid("id", `with this log-in the id is ${named}: leave it out`);
    return named;
  }
  if (id === undefined) throw invalid("id", `an id is needed: ${DEVICE_ID_ACCEPTS}`);
  if (pattern?.test(String(id)) === false)
    throw invalid("id", `an id of ${dialect} has 40 lower-case hexadecimal digits`);
  return id;
}
