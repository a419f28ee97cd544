import { isDeviceId, MAIN_ACCOUNT, parseDeviceId } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import type { IssuedCertificate } from "./authority/authority.ts";
import {
  type CertificateChecks,
  type CertificateCredentials,
  certificateCredentials,
  certificateEnd,
} from "./certificate-credentials.ts";
import {
  type Credential,
  checkCredential,
  type Found,
  keyOf,
  mustNotBeSuperseded,
  NO_HASH,
  ofAccount,
  ofRecord,
  type ProvisioningSessionId,
  tokenRevision,
  valid,
} from "./credential-record.ts";
import type { DeviceProof } from "./device-proof.ts";
import { type LoginCredentials, loginCredentials, loginProofHolds } from "./login-credentials.ts";
import { hashOf, newDeviceToken, sameHash } from "./tokens.ts";

export type { ProvisioningSessionId } from "./credential-record.ts";
export type { DeviceProof, ShownCertificate } from "./device-proof.ts";

/** The bucket needs about 300 bytes for each device. */
export const CREDENTIALS_BUCKET = { credentials: { maxBytes: 1024 ** 3 } } as const;

/** Tokens (stored as hashes) and certificates of devices. */
export interface DeviceCredentials extends CertificateCredentials, LoginCredentials {
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
  /** Number of the session of a provision request that has got the present credential; 0 if none has. */
  provisionedIn(device: string, request: string): Promise<number>;
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

export interface CredentialChecks extends CertificateChecks {
  /** A keyed hash. If absent, no log-in with a password counts. */
  readonly passwordHash?: (device: string, password: string) => string;
}

/** @param clock milliseconds since the epoch */
export function deviceCredentials(
  buckets: Buckets,
  clock: () => number = Date.now,
  { passwordHash, ...checks }: CredentialChecks = {},
): DeviceCredentials {
  const bucket = openOnUse(buckets, "credentials", CREDENTIALS_BUCKET.credentials);
  const end = certificateEnd(checks, clock);

  async function read(device: string): Promise<Found | undefined> {
    if (!isDeviceId(device)) return undefined;
    const entry = await (await bucket()).get(keyOf(device));
    const checked = checkCredential(entry?.value);
    return entry !== undefined && checked.ok ? { credential: checked.value, revision: entry.revision } : undefined;
  }

  async function validUntil(device: string, proof: DeviceProof): Promise<number | undefined> {
    const found = await read(device);
    if (found?.credential.status !== "valid" || found.credential.account !== proof.account) return undefined;
    if (proof.by === "certificate") return end(device, found.credential, proof);
    if (proof.by !== "token") return loginProofHolds(found, proof) ? Number.POSITIVE_INFINITY : undefined;
    if (tokenRevision(found) === proof.revision) return Number.POSITIVE_INFINITY;
    const { previous } = found.credential;
    return previous?.revision === proof.revision && clock() < previous.until ? previous.until : undefined;
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
    ...certificateCredentials({ bucket, read, end, clock }),
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

    async provisionedIn(device, request) {
      const credential = (await read(device))?.credential;
      const session = credential?.status === "valid" ? credential.session : undefined;
      return session?.request === request ? session.number : 0;
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
