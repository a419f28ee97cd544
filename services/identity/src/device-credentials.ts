import { encodeToken, FleetError, isDeviceId, MAIN_ACCOUNT, parseDeviceId } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import type { IssuedCertificate } from "./authority/authority.ts";
import type { CustomerAuthorities } from "./authority/customers/index.ts";
import { hashOf, newDeviceToken, sameHash } from "./tokens.ts";

/** About 300 bytes a device. */
const MAX_BYTES = 1024 ** 3;

const CertificateEntry = Type.Object({
  serial: Type.String(),
  issuer: Type.String(),
  notAfter: Type.String(),
});

const Credential = Type.Union([
  Type.Object({
    status: Type.Literal("valid"),
    hash: Type.String(),
    /** The replaced token, if it stays valid for a time. Its proofs have this `revision`. */
    previous: Type.Optional(Type.Object({ hash: Type.String(), revision: Type.Integer(), until: Type.Integer() })),
    /** Absent for `main`. */
    account: Type.Optional(Type.String()),
    /** The record's revision when the token was made; the token's proofs contain it. Absent while the record has it. */
    id: Type.Optional(Type.Integer()),
    signed: Type.Optional(Type.Literal(true)),
    certificates: Type.Optional(Type.Array(CertificateEntry)),
  }),
  /** With the certificates that the revocation ended. */
  Type.Object({ status: Type.Literal("revoked"), certificates: Type.Optional(Type.Array(CertificateEntry)) }),
]);
type ValidCredential = Static<typeof Credential> & { status: "valid" };
type Credential = Static<typeof Credential>;
const checkCredential = checker(Credential);

/** No token has this hash. It is compared if there is no valid credential, so that every check does the same work. */
const NO_HASH = "0".repeat(64);

/** A client certificate that the TLS listener checked. */
export interface ShownCertificate {
  /** Lower-case hexadecimal. */
  readonly serial: string;
  readonly issuer: string;
  /** Issued by the installation's own authority; valid only while it is in the device's record. */
  readonly own: boolean;
  /** Id of the issuing authority, if it is a customer's. */
  readonly authority?: string;
  /** Milliseconds since the epoch: the earliest end of the certificate and its authorities. */
  readonly until?: number;
}

/** Valid certificates of one device at a time. */
const MAX_CERTIFICATES = 16;

/** How a device was authenticated: by the token of this revision, or by a client certificate. */
export type DeviceProof = (
  | { readonly by: "token"; readonly revision: number }
  | ({ readonly by: "certificate" } & Partial<ShownCertificate>)
) & {
  /** The device's account at the log-in; absent for `main`. */
  readonly account?: string;
  /** The device was provisioned: messages to it are signed. */
  readonly signed?: true;
};

/** Tokens (stored as hashes) and certificates of devices. */
export interface DeviceCredentials {
  /**
   * Replaces all credentials of the device, also revoked ones. The token can't be read later.
   * @throws FleetError `invalid-request`
   */
  issue(device: string, account?: string, token?: string): Promise<string>;
  /**
   * As `issue`, for a provisioned device: messages to it are signed until `issue` is called. Also resolves with the
   * certificates that end.
   */
  provision(
    device: string,
    account?: string,
  ): Promise<{ readonly token: string; readonly ended: readonly IssuedCertificate[] }>;
  /** As `issue`, to complete a registration; resolves with undefined if the device has or had a token. */
  issueFirst(device: string, account?: string): Promise<string | undefined>;
  /**
   * Records the device's new account. A proof is valid only while the device is in the proof's account.
   * Changes nothing without a valid credential.
   */
  move(device: string, account: string): Promise<void>;
  /**
   * Replaces a valid token. The replaced token stays valid until `previousUntil` (milliseconds since the epoch), if
   * that is given; all earlier tokens end. Resolves with undefined without a valid token: a rotation can't undo a
   * retirement.
   */
  rotate(device: string, previousUntil?: number): Promise<string | undefined>;
  /** Resolves with a proof if `token` is a valid token of the device, otherwise with undefined. */
  verify(device: string, token: string): Promise<DeviceProof | undefined>;
  /**
   * Resolves with a proof if the device has a valid credential and the trusted certificate is valid for this device.
   */
  verifyCertificate(device: string, shown?: ShownCertificate): Promise<DeviceProof | undefined>;
  /**
   * Makes a certificate of the installation's own authority valid. Resolves with false without a valid credential.
   * @throws FleetError `limit-reached`
   */
  addCertificate(device: string, certificate: IssuedCertificate): Promise<boolean>;
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
   * which end for ever.
   */
  revoke(device: string): Promise<readonly IssuedCertificate[]>;
}

/**
 * @param clock milliseconds since the epoch
 * @param authorities of customers; without them, none of their certificates is valid
 */
export function deviceCredentials(
  buckets: Buckets,
  clock: () => number = Date.now,
  authorities?: Pick<CustomerAuthorities, "allows">,
): DeviceCredentials {
  const bucket = openOnUse(buckets, "credentials", { maxBytes: MAX_BYTES });

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
      const until = endOf(found.credential, proof);
      const isValid = until !== undefined && clock() < until && (await isAllowed(device, found.credential, proof));
      return isValid ? until : undefined;
    }
    if (tokenRevision(found) === proof.revision) return Number.POSITIVE_INFINITY;
    const { previous } = found.credential;
    return previous?.revision === proof.revision && clock() < previous.until ? previous.until : undefined;
  }

  /** Whether a customer's authority allows the certificate; true if no such authority has issued it. */
  async function isAllowed(
    device: string,
    { account = MAIN_ACCOUNT }: ValidCredential,
    { authority, serial }: Partial<ShownCertificate>,
  ): Promise<boolean> {
    if (authority === undefined) return true;
    return serial !== undefined && (await authorities?.allows(authority, serial, { device, account })) === true;
  }

  /** Stores these certificates and keeps the token. False if the record was changed meanwhile. */
  async function change(device: string, found: Found, certificates: IssuedCertificate[]): Promise<boolean> {
    if (found.credential.status !== "valid") return false;
    const { certificates: _, ...others } = found.credential;
    const changed = { ...others, id: tokenRevision(found), ...(certificates.length > 0 && { certificates }) };
    return (await (await bucket()).update(keyOf(device), changed, found.revision)) !== undefined;
  }

  return {
    async issue(device, account, token = newDeviceToken(device)) {
      const key = keyOf(parseDeviceId(device));
      await (await bucket()).put(key, valid(token, account));
      return token;
    },

    async provision(device, account) {
      const before = await read(parseDeviceId(device));
      const token = newDeviceToken(device);
      await (await bucket()).put(keyOf(device), { ...valid(token, account), signed: true });
      return { token, ended: before?.credential.certificates ?? [] };
    },

    async issueFirst(device, account) {
      const token = newDeviceToken(device);
      const revision = await (await bucket()).create(keyOf(parseDeviceId(device)), valid(token, account));
      return revision === undefined ? undefined : token;
    },

    async rotate(device, previousUntil) {
      const token = newDeviceToken(device);
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid") return undefined;
        const { credential, revision: before } = found;
        const previous =
          previousUntil === undefined
            ? undefined
            : { hash: credential.hash, revision: tokenRevision(found), until: previousUntil };
        const { certificates } = credential;
        const kept = { ...ofSigned(credential), ...(certificates && { certificates }) };
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
      const {
        hash = NO_HASH,
        previous,
        account,
        signed,
      } = found?.credential.status === "valid" ? found.credential : {};
      const given = hashOf(token);
      const isCurrent = sameHash(given, hash);
      const isPrevious = sameHash(given, previous?.hash ?? NO_HASH);
      if (found === undefined) return undefined;
      const more = signed === true ? { ...ofAccount(account), signed } : ofAccount(account);
      if (isCurrent) return { by: "token", revision: tokenRevision(found), ...more };
      return isPrevious && previous !== undefined && clock() < previous.until
        ? { by: "token", revision: previous.revision, ...more }
        : undefined;
    },

    async verifyCertificate(device, shown) {
      const found = await read(device);
      if (found?.credential.status !== "valid") return undefined;
      if (shown !== undefined) {
        const until = endOf(found.credential, shown);
        if (until === undefined || clock() >= until) return undefined;
        if (!(await isAllowed(device, found.credential, shown))) return undefined;
      }
      return { by: "certificate", ...shown, ...ofAccount(found.credential.account), ...ofSigned(found.credential) };
    },

    async addCertificate(device, { serial, issuer, notAfter }) {
      for (;;) {
        const found = await read(device);
        if (found?.credential.status !== "valid") return false;
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

    async revoke(device) {
      const before = await read(parseDeviceId(device));
      // A repetition after a crash needs the certificates again, for the revocation list.
      const certificates = before?.credential.certificates ?? [];
      const revoked: Credential = { status: "revoked", ...(certificates.length > 0 && { certificates }) };
      await (await bucket()).put(keyOf(device), revoked);
      return certificates;
    },
  };
}

function valid(
  token: string,
  account: string | undefined,
  previous?: (Credential & { status: "valid" })["previous"],
): Credential {
  return { status: "valid", hash: hashOf(token), ...ofAccount(account), ...(previous !== undefined && { previous }) };
}

interface Found {
  readonly credential: Credential;
  readonly revision: number;
}

function tokenRevision({ credential, revision }: Found): number {
  return credential.status === "valid" ? (credential.id ?? revision) : revision;
}

function listed({ certificates }: ValidCredential, serial: string | undefined): IssuedCertificate | undefined {
  return certificates?.find((one) => one.serial === serial);
}

/** End of a certificate; undefined if the own authority has issued it and the record does not have it. */
function endOf(credential: ValidCredential, shown: Partial<ShownCertificate>): number | undefined {
  const { until = Number.POSITIVE_INFINITY } = shown;
  if (shown.own !== true) return until;
  const entry = listed(credential, shown.serial);
  return entry && Math.min(until, Date.parse(entry.notAfter));
}

function unexpired({ certificates = [] }: ValidCredential, now: number): IssuedCertificate[] {
  return certificates.filter(({ notAfter }) => now < Date.parse(notAfter));
}

/** @throws FleetError `limit-reached` if another would be too many */
function roomIn(credential: ValidCredential, device: string, now: number): IssuedCertificate[] {
  const kept = unexpired(credential, now);
  if (kept.length < MAX_CERTIFICATES) return kept;
  throw new FleetError("limit-reached", `${device} has ${kept.length} valid certificates`, {
    advice: "Revoke those that it does not use.",
  });
}

/** Absent for `main`, to keep proofs small: each log-in makes one. */
function ofAccount(account: string | undefined): { readonly account?: string } {
  return account === undefined || account === MAIN_ACCOUNT ? {} : { account };
}

function ofSigned({ signed }: ValidCredential): { readonly signed?: true } {
  return signed === true ? { signed } : {};
}

function keyOf(device: string): string {
  return `device.${encodeToken(device)}`;
}
