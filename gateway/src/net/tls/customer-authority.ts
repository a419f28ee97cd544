import type { X509Certificate } from "node:crypto";
import type { KnownAuthority } from "@fleetlog/identity";
import { CLIENT_AUTH, type OwnFault } from "./own-authority.ts";

/** Why a certificate that a customer's authority has issued is not accepted; undefined if it is. */
export function customerFaultOf(
  certificate: X509Certificate,
  { certificate: issuer }: KnownAuthority,
  now: number,
): OwnFault | undefined {
  if (now > Math.min(certificate.validToDate.getTime(), issuer.validToDate.getTime())) return "CERT_HAS_EXPIRED";
  if (now < certificate.validFromDate.getTime()) return "CERT_NOT_YET_VALID";
  // Programs that make certificates for devices often leave the extended key usage out.
  const isForClients = certificate.keyUsage?.includes(CLIENT_AUTH) !== false;
  return certificate.ca || !isForClients ? "INVALID_PURPOSE" : undefined;
}
