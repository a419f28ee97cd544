import * as x509 from "./x509.ts";

/**
 * Whether an authority may have other authorities below it: its path length is not 0 (RFC 5280, 4.2.1.9).
 * @param pem a certificate
 */
export function mayHaveAuthoritiesBelow(pem: string): boolean {
  return new x509.X509Certificate(pem).getExtension(x509.BasicConstraintsExtension)?.pathLength !== 0;
}
