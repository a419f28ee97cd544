import { randomUUID } from "node:crypto";
import { type DeviceLogin, parseDeviceId } from "@fleetlog/domain";
import type { Bucket } from "@fleetlog/log";
import {
  type Credential,
  type Found,
  keyOf,
  NO_HASH,
  ofAccount,
  ofRecord,
  type StoredLogin,
  tokenRevision,
} from "./credential-record.ts";
import type { DeviceProof } from "./device-proof.ts";
import type { Sealer } from "./installation/sealer.ts";
import { sameText } from "./tokens.ts";

/** The names and the password that a client shows. They must belong to one device. */
export interface ShownNames {
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
}

/** The credentials of devices that are registered in a dialect. They have no token. */
export interface LoginCredentials {
  /**
   * Replaces any earlier credential. For the registration of a device, even if its id was retired.
   * @param since {@link DeviceCredentials.revisionOf}. False if the record was written since
   */
  issueLogin(
    device: string,
    dialect: string,
    login: NewLogin | undefined,
    account?: string,
    since?: number,
  ): Promise<boolean>;
  /**
   * Replaces the log-in, or removes it. Proofs of the earlier log-in end. Without a password, the earlier password stays. Resolves
   * false if the device has no valid credential of a dialect.
   */
  setLogin(device: string, login: NewLogin | undefined): Promise<boolean>;
  /** From now on the device's address lets nobody in. Proofs stay valid. */
  shareAddress(device: string, address: string): Promise<void>;
  /** Resolves with a proof if the names and the password are the device's. */
  verifyLogin(device: string, shown: ShownNames): Promise<DeviceProof | undefined>;
  /** Resolves with a proof if the address is the device's, and no other client has come from there. */
  verifyAddress(device: string, address: string): Promise<DeviceProof | undefined>;
  /** Resolves with a proof for a connection that a person lets in, if the device is of this dialect. */
  admit(device: string, dialect: string): Promise<DeviceProof | undefined>;
  /** Undefined for a native device, and without a valid credential. */
  dialectOf(device: string): Promise<string | undefined>;
}

export interface NewLogin {
  readonly login: DeviceLogin;
  readonly password?: string | undefined;
}

export interface LoginStore {
  readonly bucket: () => Promise<Bucket>;
  readonly read: (device: string) => Promise<Found | undefined>;
  /** False if the record was written since. */
  readonly write: (device: string, credential: Credential, since: number) => Promise<boolean>;
  readonly passwordHash: ((device: string, password: string) => string) | undefined;
}

export function loginCredentials({ bucket, read, write, passwordHash }: LoginStore): LoginCredentials {
  const stored = (device: string, { login, password }: NewLogin, before?: StoredLogin): StoredLogin => {
    const { account: _, ...shown } = login;
    const hash = password === undefined ? before?.password : passwordHash?.(device, password);
    return { id: randomUUID(), ...shown, ...(hash !== undefined && { password: hash }) };
  };

  async function change(
    device: string,
    changed: (before: StoredLogin | undefined) => StoredLogin | undefined | "unchanged",
  ): Promise<boolean> {
    for (;;) {
      const found = await read(device);
      if (found?.credential.status !== "valid" || found.credential.dialect === undefined) return false;
      const { login: before, ...others } = found.credential;
      const login = changed(before);
      if (login === "unchanged") return true;
      const record = { ...others, id: tokenRevision(found), ...(login !== undefined && { login }) };
      if ((await (await bucket()).update(keyOf(device), record, found.revision)) !== undefined) return true;
    }
  }

  async function validOf(device: string) {
    const found = await read(device);
    return found?.credential.status === "valid" ? { found, credential: found.credential } : undefined;
  }

  return {
    async issueLogin(device, dialect, login, account, since) {
      const key = keyOf(parseDeviceId(device));
      const record: Credential = {
        status: "valid",
        hash: NO_HASH,
        ...ofAccount(account),
        dialect,
        ...(login !== undefined && { login: stored(device, login) }),
      };
      if (since !== undefined) return write(device, record, since);
      await (await bucket()).put(key, record);
      return true;
    },

    setLogin: (device, login) =>
      change(device, (before) => (login === undefined ? undefined : stored(device, login, before))),

    async shareAddress(device, address) {
      await change(device, (before) => (before?.address === address ? { ...before, isShared: true } : "unchanged"));
    },

    async verifyLogin(device, { clientId, userName, password }) {
      const { credential } = (await validOf(device)) ?? {};
      const login = credential?.login;
      // Hashed for every device, so that the time of the check says nothing.
      const given = passwordHash?.(device, password) ?? "";
      const isRight = sameText(given, login?.password ?? NO_HASH);
      if (credential === undefined || login === undefined || !isRight) return undefined;
      if (login.clientId !== clientId || login.userName !== userName) return undefined;
      return { by: "login", id: login.id, ...ofRecord(credential) };
    },

    async verifyAddress(device, address) {
      const { credential } = (await validOf(device)) ?? {};
      const login = credential?.login;
      if (credential === undefined || login?.address !== address || login.isShared === true) return undefined;
      return { by: "login", id: login.id, ...ofRecord(credential) };
    },

    async admit(device, dialect) {
      const { found, credential } = (await validOf(device)) ?? {};
      if (found === undefined || credential?.dialect !== dialect) return undefined;
      return { by: "admission", revision: tokenRevision(found), ...ofRecord(credential) };
    },

    dialectOf: async (device) => (await validOf(device))?.credential.dialect,
  };
}

/** Hashes passwords for {@link LoginCredentials}. The hash is keyed, because people choose these passwords. */
export function devicePasswordHash(sealer: Pick<Sealer, "hash">): (device: string, password: string) => string {
  return (device, password) => sealer.hash("device-password", JSON.stringify([device, password]));
}

/** Whether the record still has the log-in or admission that the proof names. */
export function loginProofHolds(
  found: Found,
  proof: Extract<DeviceProof, { readonly by: "login" | "admission" }>,
): boolean {
  if (found.credential.status !== "valid") return false;
  return proof.by === "login" ? found.credential.login?.id === proof.id : tokenRevision(found) === proof.revision;
}
