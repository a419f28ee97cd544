import { createHash } from "node:crypto";
import { type DeviceLogin, encodeToken, FleetError } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

/** The bucket needs about 300 bytes for each device. */
const MAX_BYTES = 1024 ** 3;

const Entry = Type.Object({
  device: Type.String(),
  dialect: Type.String(),
  /** The account in the topics of Kura's devices. */
  account: Type.Optional(Type.String()),
  /** When the device took the names or the address, milliseconds since 1970. */
  at: Type.Number(),
});
type Entry = Static<typeof Entry>;
const checkEntry = checker(Entry);

/** The device that holds some names, or an address. */
export interface LoginHolder extends Omit<Entry, "at"> {
  /** Milliseconds since the device took them. */
  readonly ageMs: number;
}

/** What names one device: a client id and a user name over all dialects, or an address in one dialect. */
export type LoginKey =
  | { readonly clientId: string; readonly userName: string }
  | { readonly dialect: string; readonly address: string };

export interface Taken {
  /** Whether the device did not hold these names or this address before. */
  readonly isNew: boolean;
  /** The entry's revision, for {@link DeviceLogins.release}. */
  readonly revision: number;
}

/**
 * Which device holds which names and addresses, for all nodes. An entry alone lets nobody in: the device's credential must
 * have the names, too.
 * Every call rejects with FleetError `log-unavailable` while the store can't be reached.
 */
export class DeviceLogins {
  readonly #bucket: ReturnType<typeof openOnUse>;
  readonly #clock: () => number;

  constructor(buckets: Buckets, clock: () => number) {
    this.#bucket = openOnUse(buckets, "device-logins", { maxBytes: MAX_BYTES });
    this.#clock = clock;
  }

  /**
   * Takes the names or the address for a device. If another device holds them, and `mayReplace` resolves with false,
   * the call changes nothing and resolves with that holder.
   */
  async take(
    key: LoginKey,
    { device, dialect, account }: Pick<Entry, "device" | "dialect" | "account">,
    mayReplace: (holder: LoginHolder) => Promise<boolean>,
  ): Promise<Taken | { readonly holder: LoginHolder }> {
    const bucket = await this.#bucket();
    const entry: Entry = { device, dialect, ...(account !== undefined && { account }), at: this.#clock() };
    for (;;) {
      const created = await bucket.create(keyOf(key), entry);
      if (created !== undefined) return { isNew: true, revision: created };
      const found = await this.#read(key);
      if (found === undefined) continue;
      const { holder } = found;
      const isOwn = holder?.device === device && holder.dialect === dialect;
      if (holder !== undefined && !isOwn && !(await mayReplace(holder))) return { holder };
      const revision = await bucket.update(keyOf(key), entry, found.revision);
      if (revision !== undefined) return { isNew: !isOwn, revision };
    }
  }

  async find(key: LoginKey): Promise<LoginHolder | undefined> {
    return (await this.#read(key))?.holder;
  }

  /**
   * Frees the names and the address of a device.
   * @param taken revision of the entry when a call took it. If another call has taken the entry since, the entry stays
   */
  async release(key: LoginKey, device: string, taken?: number): Promise<void> {
    const found = await this.#read(key);
    if (found?.holder?.device !== device) return;
    // The revision is given, because another device may take the names at this moment.
    await (await this.#bucket()).delete(keyOf(key), taken ?? found.revision);
  }

  /** An unreadable entry counts as none. */
  async #read(key: LoginKey): Promise<{ readonly holder?: LoginHolder; readonly revision: number } | undefined> {
    const found = await (await this.#bucket()).get(keyOf(key));
    if (found === undefined) return undefined;
    const checked = checkEntry(found.value);
    const { revision } = found;
    if (!checked.ok) return { revision };
    const { at, ...entry } = checked.value;
    return { holder: { ...entry, ageMs: this.#clock() - at }, revision };
  }
}

/** The keys that the log-in of a device takes. */
export function loginKeys(dialect: string, { clientId, userName, address }: DeviceLogin): readonly LoginKey[] {
  const keys: LoginKey[] = [];
  if (clientId !== undefined && userName !== undefined) keys.push({ clientId, userName });
  if (address !== undefined) keys.push({ dialect, address });
  return keys;
}

function keyOf(key: LoginKey): string {
  if ("address" in key) return `address.${key.dialect}.${encodeToken(key.address)}`;
  const { clientId, userName } = key;
  if (!clientId.isWellFormed() || !userName.isWellFormed()) {
    throw new FleetError("invalid-request", "names must be Unicode text", { field: "login.clientId" });
  }
  const hash = createHash("sha256").update(JSON.stringify([clientId, userName]));
  return `names.${hash.digest("hex")}`;
}
