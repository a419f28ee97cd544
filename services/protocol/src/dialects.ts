// This file has no schemas, because the pages load it.

/** How devices of an older system are registered, and what they log in with. */
export interface DialectLogins {
  /** The names with which a device logs in, besides its password. Absent: no names and no password. */
  readonly names?: readonly LoginName[];
  /** The names that make the device's id, with colons between them. Absent: the id is given, or the gateway makes one. */
  readonly idFrom?: readonly LoginName[];
  /** The device may be known by its IP address. */
  readonly hasAddress?: true;
  /** The names are levels of the device's topics. */
  readonly namesAreLevels?: true;
  /** Ids have 40 hexadecimal digits, and are made if none is given. */
  readonly hasHexIds?: true;
  /** The registration makes a certificate for the device. */
  readonly hasCertificate?: true;
  /** The device installs updates by the command `update`. */
  readonly installsUpdates?: true;
}

export type LoginName = "account" | "clientId" | "userName";

/** A new dialect is an entry here, and a folder and a line in the gateway's `dialects/`. */
export const DIALECTS = {
  libpyiotcloud: { hasHexIds: true, hasCertificate: true },
  tpedm: { names: ["clientId", "userName"], idFrom: ["clientId"], installsUpdates: true },
  edgebind: { hasAddress: true },
  kura: { names: ["account", "clientId", "userName"], idFrom: ["account", "clientId"], namesAreLevels: true },
} as const satisfies Readonly<Record<string, DialectLogins>>;

export type DialectName = keyof typeof DIALECTS;
export const DIALECT_NAMES = Object.keys(DIALECTS) as readonly DialectName[];

export const HEX_ID = /^[0-9a-f]{40}$/;

/** Undefined for native devices. */
export function dialectLogins(dialect: string | undefined): DialectLogins | undefined {
  return isDialectName(dialect) ? DIALECTS[dialect] : undefined;
}

export function isDialectName(name: string | undefined): name is DialectName {
  return name !== undefined && Object.hasOwn(DIALECTS, name);
}
