import { createPrivateKey, X509Certificate } from "node:crypto";

/** An authority from the settings. */
export interface GivenAuthority {
  /** PEM, each with a line break at the end; the issuing certificate is the first. */
  readonly chain: readonly string[];
  /** PEM. */
  readonly key: string;
}

/** @throws Error if the key does not belong to the first certificate */
export function givenAuthority(chain: readonly string[], key: string): GivenAuthority {
  const certificates = chain.map((pem) => new X509Certificate(pem));
  if (certificates[0]?.checkPrivateKey(createPrivateKey(key)) !== true)
    throw new Error("it is not the key of the first certificate");
  return { chain: certificates.map(String), key };
}
