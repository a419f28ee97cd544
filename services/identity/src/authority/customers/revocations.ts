import * as x509 from "../x509.ts";
import { refused } from "./certificate.ts";

/** Maximum number of serials in a list. It is bounded because all lists are in memory. */
const MAX_REVOKED = 2_000;
const MAX_CHARACTERS = 512 * 1_024;

/** A revocation list that a customer's authority has signed. */
export interface RevocationList {
  /** Lower-case hexadecimal, without leading zeros. */
  readonly serials: readonly string[];
  /** RFC 3339. */
  readonly thisUpdate: string;
  readonly nextUpdate?: string;
}

/** @throws FleetError `invalid-request` if the list is not signed by the authority or is too long */
export async function readRevocationList(
  pem: string,
  { certificate }: { readonly certificate: string },
): Promise<RevocationList> {
  if (pem.length > MAX_CHARACTERS) throw refused("list", `it is longer than ${MAX_CHARACTERS} characters`);
  const list = parsed(pem);
  const ofAuthority = new x509.X509Certificate(certificate);
  const signed =
    list.issuer === ofAuthority.subject && (await list.verify({ publicKey: ofAuthority }).catch(() => false));
  if (!signed) throw refused("list", `it is not signed by ${ofAuthority.subject}`);
  const { entries, thisUpdate, nextUpdate } = list;
  if (entries.length > MAX_REVOKED) throw refused("list", `it revokes more than ${MAX_REVOKED} certificates`);
  return {
    serials: entries.map(({ serialNumber }) => plainSerial(serialNumber)),
    thisUpdate: thisUpdate.toISOString(),
    ...(nextUpdate !== undefined && { nextUpdate: nextUpdate.toISOString() }),
  };
}

/** The serial in lower case and without leading zeros, which only some programs print. */
export function plainSerial(serial: string): string {
  return serial.toLowerCase().replace(/^0+(?=.)/, "");
}

function parsed(pem: string): x509.X509Crl {
  try {
    // The library expects the label CRL; openssl writes X509 CRL.
    const base64 = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/.exec(pem)?.[1];
    if (base64 === undefined) throw new Error("there is no block X509 CRL");
    return new x509.X509Crl(Buffer.from(base64, "base64"));
  } catch (error) {
    throw refused("list", "it is not a revocation list in PEM (X509 CRL)", error);
  }
}
