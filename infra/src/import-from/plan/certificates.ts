import { X509Certificate } from "node:crypto";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM file. @throws Error of one line if there are none, or one is no authority's */
export function authoritiesIn(pem: string): readonly X509Certificate[] {
  const found = (pem.match(CERTIFICATE) ?? []).map((text) => {
    const certificate = certificateIn(text);
    if (certificate === undefined) throw new Error("--authority has a certificate that can't be read");
    if (!certificate.ca)
      throw new Error(`--authority has a certificate that is not an authority's: ${certificate.subject}`);
    return certificate;
  });
  if (found.length === 0) throw new Error("--authority has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  return found;
}

export function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Why a certificate can't log in the device; undefined: it can, if Fleetlog trusts the authority. */
export function whyUseless(
  certificate: X509Certificate,
  device: string,
  authorities: readonly X509Certificate[],
  now: number,
): string | undefined {
  const issuer = authorities.find((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
  if (issuer === undefined) return "it is not of the authority of --authority";
  const names = certificate.subject.split("\n").filter((line) => line.startsWith("CN="));
  if (names.length !== 1 || names[0] !== `CN=${device}`) return "its common name is not the device's id";
  if (certificate.validToDate.getTime() <= now) return `it expired on ${certificate.validToDate.toISOString()}`;
  if (certificate.validFromDate.getTime() > now)
    return `it is valid from ${certificate.validFromDate.toISOString()} on`;
  return undefined;
}
