import type { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { FleetError, isDeviceId } from "@fleetlog/domain";
import { type CustomerAuthorities, type ShownCertificate, subjectOf } from "@fleetlog/identity";
import { customerFaultOf } from "./customer-authority.ts";
import type { FileAuthorities } from "./file-authorities.ts";
import type { OwnAuthority } from "./own-authority.ts";

/** A client certificate that is not trusted. */
export interface RefusedCertificate {
  /** OpenSSL's name of the error (`CERT_HAS_EXPIRED`), `NO_DEVICE_NAME` or `ISSUER_NOT_IN_FILE`. */
  readonly code: string;
  readonly reason: string;
  readonly subject: string;
  readonly serial: string;
}

/** The device that a client certificate names. */
export interface CertifiedDevice extends ShownCertificate {
  readonly commonName: string;
}

type Inspected = { readonly device: CertifiedDevice } | { readonly refused: RefusedCertificate };

const inspected = new WeakMap<Duplex, Inspected>();

const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it was revoked",
  INVALID_PURPOSE: "its extended key usage does not allow client authentication",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed, not signed by an authority that is trusted here",
  SELF_SIGNED_CERT_IN_CHAIN: "its authority is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT: "its authority is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its authority is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its authority is not trusted here, or an intermediate certificate was not sent",
  ISSUER_NOT_IN_FILE: "the authority that has issued it is not in FLEETLOG_TLS_CLIENT_CA",
  CERT_SIGNATURE_FAILURE: "its signature is wrong",
  UNABLE_TO_GET_CRL: "there is no revocation list of its authority",
  CRL_HAS_EXPIRED: "the revocation list of its authority has expired",
  CRL_NOT_YET_VALID: "the revocation list of its authority is not valid yet",
};

/** The authorities whose certificates are accepted. */
export interface TrustedAuthorities {
  readonly own: OwnAuthority;
  readonly files: FileAuthorities;
  readonly customers: Pick<CustomerAuthorities, "issuerOf">;
  readonly clock: () => number;
}

type Issuer = Pick<ShownCertificate, "own" | "issuedBy" | "authority"> & { readonly until: number };

/** Checks a new connection's client certificate, if there is one, and keeps the result for `certifiedDevice`. */
export function inspect(
  socket: TLSSocket,
  trusted: TrustedAuthorities,
  onRefused: (refused: RefusedCertificate) => void,
): void {
  // `authorized` is also true for a resumed connection without a certificate.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return;
  const found = examine(certificate, socket, trusted);
  inspected.set(socket, found);
  if ("refused" in found) onRefused(found.refused);
}

function examine(certificate: X509Certificate, socket: TLSSocket, trusted: TrustedAuthorities): Inspected {
  const refuse = (code: string, reason = REASONS[code] ?? code): Inspected => ({
    refused: { code, reason, subject: certificate.subject, serial: certificate.serialNumber },
  });
  const issuer = issuerOf(certificate, socket, trusted);
  if (typeof issuer === "string") return refuse(issuer);
  const names: unknown = certificate.toLegacyObject().subject?.CN;
  if (typeof names !== "string" || !isDeviceId(names)) {
    return refuse("NO_DEVICE_NAME", "its subject must have exactly one common name, a device id");
  }
  const serial = certificate.serialNumber.toLowerCase();
  return { device: { commonName: names, serial, issuer: subjectOf(certificate.issuer), ...issuer } };
}

/** Who has issued a certificate, or the code of its fault. */
function issuerOf(
  certificate: X509Certificate,
  socket: TLSSocket,
  { own, files, customers, clock }: TrustedAuthorities,
): Issuer | string {
  const issuer = own.issuerOf(certificate);
  if (issuer !== undefined) {
    const until = endOf(certificate, issuer.until);
    return own.faultOf(certificate, issuer, clock()) ?? { own: true, issuedBy: issuer.fingerprint, until };
  }
  if (socket.authorized && files.accept(certificate)) return { own: false, until: files.endOf(certificate) };
  const customer = customers.issuerOf(certificate);
  if (customer === undefined) {
    if (socket.authorized && files.given) return "ISSUER_NOT_IN_FILE";
    // `authorizationError` is the code of the error, despite its type.
    return String(socket.authorizationError ?? "UNABLE_TO_GET_ISSUER_CERT");
  }
  const fault = customerFaultOf(certificate, customer, clock());
  return (
    fault ?? {
      own: false,
      authority: customer.id,
      until: endOf(certificate, customer.certificate.validToDate.getTime()),
    }
  );
}

function endOf(certificate: X509Certificate, issuerUntil: number): number {
  return Math.min(certificate.validToDate.getTime(), issuerUntil);
}

/** The device that a trusted certificate names; undefined without a trusted certificate. */
export function certifiedName(socket: Duplex): string | undefined {
  const found = inspected.get(socket);
  return found !== undefined && "device" in found ? found.device.commonName : undefined;
}

/** Undefined without a certificate. @throws FleetError `unauthenticated` for a certificate that is not trusted */
export function certifiedDevice(socket: Duplex): CertifiedDevice | undefined {
  const found = inspected.get(socket);
  if (found === undefined) return undefined;
  if ("device" in found) return found.device;
  throw new FleetError("unauthenticated", `the client certificate is refused: ${found.refused.reason}`, {
    advice: "Use a valid certificate, or no certificate and the device's token.",
  });
}
