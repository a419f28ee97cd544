import { encodeToken, FleetError, MAIN_ACCOUNT } from "@fleetlog/domain";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import type { IssuedCertificate } from "./authority/authority.ts";
import type { ShownCertificate } from "./device-proof.ts";
import { hashOf } from "./tokens.ts";

const CertificateEntry = Type.Object({
  serial: Type.String(),
  issuer: Type.String(),
  notAfter: Type.String(),
});

/** What a device of a dialect must show. */
const StoredLogin = Type.Object({
  /** Each change of the log-in makes a new id. */
  id: Type.String(),
  clientId: Type.Optional(Type.String()),
  userName: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
  /** Whether several clients have connected from the address. */
  isShared: Type.Optional(Type.Literal(true)),
  /** Keyed hash. */
  password: Type.Optional(Type.String()),
});
export type StoredLogin = Static<typeof StoredLogin>;

const ProvisioningSessionId = Type.Object({
  request: Type.String(),
  /** Later sessions of one request have larger numbers. */
  number: Type.Integer(),
});
export type ProvisioningSessionId = Static<typeof ProvisioningSessionId>;

export const Credential = Type.Union([
  Type.Object({
    status: Type.Literal("valid"),
    hash: Type.String(),
    /** The previous token, while it stays valid; `revision` is the revision in its proofs. */
    previous: Type.Optional(Type.Object({ hash: Type.String(), revision: Type.Integer(), until: Type.Integer() })),
    /** Absent for `main`. */
    account: Type.Optional(Type.String()),
    /** Revision that proofs of the current token name; absent while that is the revision of the record itself. */
    id: Type.Optional(Type.Integer()),
    /** The device was provisioned: messages to it are signed. */
    signed: Type.Optional(Type.Literal(true)),
    /** The provisioning session that got the credential. */
    session: Type.Optional(ProvisioningSessionId),
    /** The valid certificates of the installation's own authority. */
    certificates: Type.Optional(Type.Array(CertificateEntry)),
    /** Absent for native devices. */
    dialect: Type.Optional(Type.String()),
    login: Type.Optional(StoredLogin),
  }),
  /** A revocation, with the certificates that it ended. */
  Type.Object({ status: Type.Literal("revoked"), certificates: Type.Optional(Type.Array(CertificateEntry)) }),
]);
export type ValidCredential = Static<typeof Credential> & { status: "valid" };
export type Credential = Static<typeof Credential>;
export const checkCredential = checker(Credential);

/**
 * A hash that no token has. Without a valid credential, a token is compared with this hash, so that every check does
 * the same work.
 */
export const NO_HASH = "0".repeat(64);

/** Most certificates of one device that are valid at a time: an old one and its successor for each of a few programs. */
const MAX_CERTIFICATES = 16;

export function valid(
  token: string,
  account: string | undefined,
  previous?: (Credential & { status: "valid" })["previous"],
): Credential {
  return { status: "valid", hash: hashOf(token), ...ofAccount(account), ...(previous !== undefined && { previous }) };
}

export interface Found {
  readonly credential: Credential;
  readonly revision: number;
}

/** Revision that a proof of the current token names. */
export function tokenRevision({ credential, revision }: Found): number {
  return credential.status === "valid" ? (credential.id ?? revision) : revision;
}

export function listed({ certificates }: ValidCredential, serial: string | undefined): IssuedCertificate | undefined {
  return certificates?.find((one) => one.serial === serial);
}

/** @throws FleetError `session-superseded` if a later session of the same request has got this credential */
export function mustNotBeSuperseded(present: Credential | undefined, session: ProvisioningSessionId | undefined): void {
  if (present?.status !== "valid" || session === undefined || present.session?.request !== session.request) return;
  if (present.session.number <= session.number) return;
  throw new FleetError("session-superseded", "a newer connection of this device has got a credential");
}

/** When a certificate expires; undefined if the installation's authority issued it and the record lacks it. */
export function endOf(credential: ValidCredential, shown: Partial<ShownCertificate>): number | undefined {
  const { until = Number.POSITIVE_INFINITY } = shown;
  if (shown.own !== true) return until;
  const entry = listed(credential, shown.serial);
  return entry && Math.min(until, Date.parse(entry.notAfter));
}

export function unexpired({ certificates = [] }: ValidCredential, now: number): IssuedCertificate[] {
  return certificates.filter(({ notAfter }) => now < Date.parse(notAfter));
}

/** The unexpired certificates. @throws FleetError `limit-reached` if another certificate would be too many */
export function roomIn(credential: ValidCredential, device: string, now: number): IssuedCertificate[] {
  const kept = unexpired(credential, now);
  if (kept.length < MAX_CERTIFICATES) return kept;
  throw new FleetError("limit-reached", `${device} has ${kept.length} valid certificates`, {
    advice: "Revoke those that it does not use.",
  });
}

/** Absent for `main`, to keep proofs small: nearly every device is of `main`, and each log-in makes a proof. */
export function ofAccount(account: string | undefined): { readonly account?: string } {
  return account === undefined || account === MAIN_ACCOUNT ? {} : { account };
}

/** The part of a proof that does not depend on how the device was authenticated. */
export function ofRecord({ account, signed, dialect }: ValidCredential): {
  readonly account?: string;
  readonly signed?: true;
  readonly dialect?: string;
} {
  if (signed === undefined && dialect === undefined) return ofAccount(account);
  return { ...ofAccount(account), ...(signed && { signed }), ...(dialect !== undefined && { dialect }) };
}

export function keyOf(device: string): string {
  return `device.${encodeToken(device)}`;
}
