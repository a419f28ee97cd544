import { MAIN_ACCOUNT } from "@fleetlog/domain";
import type { Bucket } from "@fleetlog/log";
import type { Authority, IssuedCertificate } from "./authority/authority.ts";
import type { CustomerAuthorities } from "./authority/customers/index.ts";
import {
  endOf,
  type Found,
  keyOf,
  listed,
  ofRecord,
  roomIn,
  tokenRevision,
  unexpired,
  type ValidCredential,
} from "./credential-record.ts";
import type { DeviceProof, ShownCertificate } from "./device-proof.ts";
import { hashOf } from "./tokens.ts";

/** The certificates of devices. The records have only those of the installation's own authority. */
export interface CertificateCredentials {
  /**
   * Resolves with a proof if the device has a valid credential and the trusted certificate is valid for this device.
   */
  verifyCertificate(device: string, shown?: ShownCertificate): Promise<DeviceProof | undefined>;
  /**
   * Makes a certificate of the installation's own authority valid. Resolves with false, without a change, if the device has
   * no valid credential, or another token than `token`.
   * @param token default: any
   * @throws FleetError `limit-reached`
   */
  addCertificate(device: string, certificate: IssuedCertificate, token?: string): Promise<boolean>;
  /** @throws FleetError `limit-reached` if another certificate would be too many */
  mustHaveRoom(device: string): Promise<void>;
  /** Ends one certificate at once. Resolves with undefined if the device has no certificate of this serial. */
  removeCertificate(device: string, serial: string): Promise<IssuedCertificate | undefined>;
  /** Valid certificates, the oldest first. */
  certificates(device: string): Promise<readonly IssuedCertificate[]>;
}

export interface CertificateChecks {
  /** The installation's authority. If absent, certificates of that authority count until they expire. */
  readonly authority?: Pick<Authority, "acceptedUntil">;
  /** If absent, no certificate of a customer's authority counts. */
  readonly customers?: Pick<CustomerAuthorities, "allows">;
}

/**
 * When a certificate ends, milliseconds since the epoch (infinity without an end); undefined if it is not valid for the
 * device.
 */
export type CertificateEnd = (
  device: string,
  credential: ValidCredential,
  shown: Partial<ShownCertificate>,
) => Promise<number | undefined>;

/** @param clock milliseconds since the epoch */
export function certificateEnd({ authority: installation, customers }: CertificateChecks, clock: () => number) {
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

  const end: CertificateEnd = async (device, credential, shown) => {
    const until = await withIssuer(endOf(credential, shown), shown);
    const isValid = until !== undefined && clock() < until && (await isAllowed(device, credential, shown));
    return isValid ? until : undefined;
  };
  return end;
}

export interface CertificateStore {
  readonly bucket: () => Promise<Bucket>;
  readonly read: (device: string) => Promise<Found | undefined>;
  readonly end: CertificateEnd;
  readonly clock: () => number;
}

export function certificateCredentials({ bucket, read, end, clock }: CertificateStore): CertificateCredentials {
  /** Stores these certificates and keeps the token. False if the record was changed meanwhile. */
  async function change(device: string, found: Found, certificates: IssuedCertificate[]): Promise<boolean> {
    if (found.credential.status !== "valid") return false;
    const { certificates: _, ...others } = found.credential;
    const changed = { ...others, id: tokenRevision(found), ...(certificates.length > 0 && { certificates }) };
    return (await (await bucket()).update(keyOf(device), changed, found.revision)) !== undefined;
  }

  return {
    async verifyCertificate(device, shown) {
      const found = await read(device);
      if (found?.credential.status !== "valid") return undefined;
      if (shown !== undefined && (await end(device, found.credential, shown)) === undefined) return undefined;
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
  };
}
