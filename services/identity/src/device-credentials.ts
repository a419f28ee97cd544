import { isDeviceId, MAIN_ACCOUNT, parseDeviceId } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import type { Authority, IssuedCertificate } from "./authority/authority.ts";
import type { CustomerAuthorities } from "./authority/customers/index.ts";
import {
  type Credential,
  checkCredential,
  endOf,
  type Found,
  keyOf,
  listed,
  mustNotBeSuperseded,
  NO_HASH,
  ofAccount,
  ofRecord,
  type ProvisioningSessionId,
  roomIn,
  tokenRevision,
  unexpired,
  type ValidCredential,
  valid,
} from "./credential-record.ts";
import type { DeviceProof, ShownCertificate } from "./device-proof.ts";
import { type LoginCredentials, loginCredentials, loginProofHolds } from "./login-credentials.ts";
import { hashOf, newDeviceToken, sameHash } from "./tokens.ts";

export type { ProvisioningSessionId } from "./credential-record.ts";
export type { DeviceProof, ShownCertificate } from "./device-proof.ts";

/** About 300 bytes a device. */
export const CREDENTIALS_BUCKET = { credentials: { maxBytes: 1024 ** 3 } } as const;

/** Tokens (stored as hashes) and certificates of devices. */
export interface DeviceCredentials extends LoginCredentials {
  /**
   * Replaces all credentials of the device, even revoked ones. The token can't be read later.
   * @throws FleetError `invalid-request`
   */
  issue(device: string, account?: string, token?: string): Promise<string>;
  /**
   * Revision of the device's record, also of a revocation; 0 without a record. A call with `since` changes nothing if the
   * record was written after this revision was read.
   */
  revisionOf(device: string): Promise<number>;
  /** As `issue`. False if the record was written since. */
  issueSince(device: string, since: number, account: string | undefined, token: string): Promise<boolean>;
  /**
   * As `issue`, for a provisioned device: messages to it are signed until `issue` is called. Also resolves with the
   * certificates that this call revokes. Undefined if the record was written since.
   * @throws FleetError `session-superseded` if a later session of the same request has got the present credential
   */
  provision(
    device: string,
    account: string | undefined,
    since: number,
    options?: ProvisionOptions,
  ): Promise<{ readonly token: string; readonly ended: readonly IssuedCertificate[] } | undefined>;
  /** As `issue`, to complete a registration; resolves with undefined if the device has or had a token. */
  issueFirst(device: string, account?: string, token?: string): Promise<string | undefined>;
  /**
   * Records the device's new account. A proof is valid only while the device is in the proof's account.
   * Changes nothing without a valid credential.
   */
  move(device: string, account: string): Promise<void>;
  /**
   * Replaces a valid token. The replaced token stays valid until `previousUntil` (milliseconds since the epoch), if
   * that is given; all earlier tokens end. Resolves with undefined without a valid token: a rotation can't undo a
   * retirement. Changes nothing if `token` is the device's token already.
   * @param token default: a new one
   */
  rotate(device: string, previousUntil?: number, token?: string): Promise<string | undefined>;
  /** Resolves with a proof if `token` is a valid token of the device, otherwise with undefined. */
  verify(device: string, token: string): Promise<DeviceProof | undefined>;
  /**
   * Resolves with a proof if the device has a valid credential and the trusted certificate is valid for this device.
   */
  verifyCertificate(device: string, shown?: ShownCertificate): Promise<DeviceProof | undefined>;
  /**
   * Makes a certificate of the installation's own authority valid. Resolves with false without a valid credential.
   * @param token changes nothing, and resolves with false, if this is not the device's token
   * @throws FleetError `limit-reached`
   */
  addCertificate(device: string, certificate: IssuedCertificate, token?: string): Promise<boolean>;
  /** @throws FleetError `limit-reached` if another certificate would be too many */
  mustHaveRoom(device: string): Promise<void>;
  /** Ends one certificate at once. Resolves with undefined if the device has no certificate of this serial. */
  removeCertificate(device: string, serial: string): Promise<IssuedCertificate | undefined>;
  /** Valid certificates, the oldest first. */
  certificates(device: string): Promise<readonly IssuedCertificate[]>;
  check(device: string, proof: DeviceProof): Promise<boolean>;
  /** End of a valid proof, milliseconds since the epoch (infinity without an end); undefined for an invalid proof. */
  validUntil(device: string, proof: DeviceProof): Promise<number | undefined>;
  statusOf(device: string): Promise<"valid" | "revoked" | undefined>;
  /**
   * Ends all credentials. The device has none until `issue` or `provision` is called. Resolves with the certificates,
   * which are revoked for good. With `since`: undefined if the record was written since.
   */
  revoke(device: string): Promise<readonly IssuedCertificate[]>;
  revoke(device: string, since: number): Promise<readonly IssuedCertificate[] | undefined>;
}

export interface ProvisionOptions {
  /** Whether the certificate of a serial stays valid; default: none does. */
  readonly keeps?: (serial: string) => boolean;
  /** The session that gets the credential. */
  readonly session?: ProvisioningSessionId | undefined;
}

export interface CredentialChecks {
  /** The installation's authority. If absent, certificates of that authority count until they expire. */
  readonly authority?: Pick<Authority, "acceptedUntil">;
  /** If absent, no certificate of a customer's authority counts. */
  readonly customers?: Pick<CustomerAuthorities, "allows">;
  /** A keyed hash. If absent, no log-in with a password counts. */
  readonly passwordHash?: (device: string, password: string) => string;
}

/** @param clock milliseconds since the epoch */
export function deviceCredentials(
  buckets: Buckets,
  clock: () => number = Date.now,
  { authority: installation, customers, passwordHash }: CredentialChecks = {},
): DeviceCredentials {
  const bucket = openOnUse(buckets, "credentials", CREDENTIALS_BUCKET.credentials);

  async function read(device: string): Promise<Found | undefined> {
    if (!isDeviceId(device)) return undefined;
    const entry = await (await bucket()).get(keyOf(device));
    const checked = checkCredential(entry?.value);
    return entry !== undefined && checked.ok ? { credential: checked.value, revision: entry.revision } : undefined;
  }

  async function validUntil(device: string, proof: DeviceProof): Promise<number | undefined> {
    const found = await read(device);
    if (found?.credential.status !== "valid" || found.credential.account !== proof.account) return undefined;
    if (proof.by === "certificate") {
      const until = await withIssuer(endOf(found.credential, proof), proof);
      const isValid = until !== undefined && clock() < until && (await isAllowed(device, found.credential, proof));
      return isValid ? until : undefined;
    }
    if (proof.by !== "token") return loginProofHolds(found, proof) ? Number.POSITIVE_INFINITY : undefined;
    if (tokenRevision(found) === proof.revision) return Number.POSITIVE_INFINITY;
    const { previous } = found.credential;
    return previous?.revision === proof.revision && clock() < previous.until ? previous.until : undefined;
  }

  /**
   * The earlier of `until` and the withdrawal of the installation's issuing certificate. Undefined after the
   * withdrawal.
   */
  async function withIssuer(until: number | undefined, { issuedBy }: Partial<ShownCertificate>) {
    if (until === undefined || issuedBy === undefined || installation === undefined) return until;
    const accepted = await installation.acceptedUntil(issuedBy);
    return accepted && Math.min(until, accepted);
  }

  /** Whether a customer's authority allows the certificate; true if no such authority has issued it. */
  async function isAllowed(
    device: string,
    { account = MAIN_ACCOUNT }: ValidCredential,
    { authority, serial }: Partial<ShownCertificate>,
  ): Promise<boolean> {
    if (authority === undefined) return true;
    return serial !== undefined && (await customers?.allows(authority, serial, { device, account })) === true;
  }

  /** Stores these certificates and keeps the token. False if the record was changed meanwhile. */
  async function change(device: string, found: Found, certificates: IssuedCertificate[]): Promise<boolean> {
    if (found.credential.status !== "valid") return false;
    const { certificates: _, ...others } = found.credential;
    const changed = { ...others, id: tokenRevision(found), ...(certificates.length > 0 && { certificates }) };
    return (await (await bucket()).update(keyOf(device), changed, found.revision)) !== undefined;
  }

  async function write(device: string, credential: Credential, since: number): Promise<boolean> {
    const [store, key] = [await bucket(), keyOf(parseDeviceId(device))];
    return (await (since === 0 ? store.create(key, credential) : store.update(key, credential, since))) !== undefined;
  }

  async function revoke(device: string): Promise<readonly IssuedCertificate[]>;
  async function revoke(device: string, since: number): Promise<readonly IssuedCertificate[] | undefined>;
  async function revoke(device: string, since?: number): Promise<readonly IssuedCertificate[] | undefined> {
    const before = await read(parseDeviceId(device));
    // A repetition after a crash needs the certificates again, for the revocation list.
    const certificates = before?.credential.certificates ?? [];
    const revoked: Credential = { status: "revoked", ...(certificates.length > 0 && { certificates }) };
    if (since !== undefined) return (await write(device, revoked, since)) ? certificates : undefined;
    await (await bucket()).put(keyOf(device), revoked);
    return certificates;
  }

  return {
    ...loginCredentials({ bucket, read, write, passwordHash }),

    async issue(device, account, token = newDeviceToken(device)) {
      const key = keyOf(parseDeviceId(device));
      await (await bucket()).put(key, valid(token, account));
      return token;
    },

    async revisionOf(device) {
      return (await (await bucket()).get(keyOf(parseDeviceId(device))))?.revision ?? 0;
    },

    issueSince: (device, since, account, token) => write(device, valid(token, account), since),

    async provision(device, account, since, { keeps = () => false, session } = {}) {
      const before = await read(parseDeviceId(device));
      mustNotBeSuperseded(before?.credential, session);
      const token = newDeviceToken(device);
      const all = before?.credential.certificates ?? [];
      const kept = before?.credential.status === "valid" ? all.filter(({ serial }) => keeps(serial)) : [];
      const more = { ...(kept.length > 0 && { certificates: kept }), ...(session && { session }) };
      const isWritten = await write(device, { ...valid(token, account), signed: true, ...more } as Credential, since);
      return isWritten ? { token, ended: all.filter((one) => !kept.includes(one)) } : undefined;
    },

    async issueFirst(device, account, token = newDeviceToken(device)) {
      const revision = await (await bucket()).create(keyOf(parseDeviceId(device)), valid(token, account));
      return revision === undefined ? undefined : token;
    },

    async rotate(device, previousUntil, token = newDeviceToken(device)) {
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid") return undefined;
        const { credential, revision: before } = found;
        if (credential.hash === hashOf(token)) return token;
        const previous =
          previousUntil === undefined
            ? undefined
            : { hash: credential.hash, revision: tokenRevision(found), until: previousUntil };
        const { certificates, signed, session } = credential;
        const kept = { ...(signed && { signed }), ...(session && { session }), ...(certificates && { certificates }) };
        const rotated = { ...valid(token, credential.account, previous), ...kept };
        const revision = await (await bucket()).update(keyOf(device), rotated, before);
        if (revision !== undefined) return token;
      }
    },

    async move(device, account) {
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid" || (found.credential.account ?? MAIN_ACCOUNT) === account) return;
        const { account: _, id: _id, ...credential } = found.credential;
        const moved = { ...credential, ...ofAccount(account) };
        if ((await (await bucket()).update(keyOf(device), moved, found.revision)) !== undefined) return;
      }
    },

    async verify(device, token) {
      const found = await read(device);
      const credential = found?.credential.status === "valid" ? found.credential : undefined;
      const { hash = NO_HASH, previous } = credential ?? {};
      const given = hashOf(token);
      const isCurrent = sameHash(given, hash);
      const isPrevious = sameHash(given, previous?.hash ?? NO_HASH);
      if (found === undefined || credential === undefined) return undefined;
      const more = ofRecord(credential);
      if (isCurrent) return { by: "token", revision: tokenRevision(found), ...more };
      return isPrevious && previous !== undefined && clock() < previous.until
        ? { by: "token", revision: previous.revision, ...more }
        : undefined;
    },

    async verifyCertificate(device, shown) {
      const found = await read(device);
      if (found?.credential.status !== "valid") return undefined;
      if (shown !== undefined) {
        const until = await withIssuer(endOf(found.credential, shown), shown);
        if (until === undefined || clock() >= until) return undefined;
        if (!(await isAllowed(device, found.credential, shown))) return undefined;
      }
      return { by: "certificate", ...shown, ...ofRecord(found.credential) };
    },

    async addCertificate(device, { serial, issuer, notAfter }, token) {
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid") return false;
        if (token !== undefined && found.credential.hash !== hashOf(token)) return false;
        const kept = roomIn(found.credential, device, clock());
        const certificates = [...kept, { serial, issuer, notAfter }];
        if (await change(device, found, certificates)) return true;
      }
    },

    async mustHaveRoom(device) {
      const found = await read(device);
      if (found?.credential.status === "valid") roomIn(found.credential, device, clock());
    },

    async removeCertificate(device, serial) {
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid") return undefined;
        const removed = listed(found.credential, serial);
        if (removed === undefined) return undefined;
        const kept = (found.credential.certificates ?? []).filter((other) => other !== removed);
        if (await change(device, found, kept)) return removed;
      }
    },

    async certificates(device) {
      const found = await read(device);
      return found?.credential.status === "valid" ? unexpired(found.credential, clock()) : [];
    },

    async check(device, proof) {
      return (await validUntil(device, proof)) !== undefined;
    },

    validUntil,

    async statusOf(device) {
      return (await read(device))?.credential.status;
    },

    revoke,
  };
}
