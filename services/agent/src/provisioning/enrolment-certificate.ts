import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** A certificate of a customer's authority, which an enrolment group accepts. */
export interface EnrolmentCertificate {
  /** The certificate and those between it and the authority, in PEM. */
  readonly cert: string;
  readonly key: string;
  /** The certificate's common name. */
  readonly device: string;
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * @param keyFile default: the key is in `certificateFile`
 * @throws Error if a file can't be read, or the files have no certificate with its key
 */
export function readEnrolmentCertificate(certificateFile: string, keyFile = certificateFile): EnrolmentCertificate {
  const text = readFileSync(certificateFile, "utf8");
  const chain = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const [own = ""] = chain;
  const key = readFileSync(keyFile, "utf8").match(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/)?.[0];
  const certificate = parsed(own, certificateFile);
  if (key === undefined) throw new Error(`enrolment-key: ${keyFile} has no private key in PEM`);
  if (!certificate.checkPrivateKey(privateKey(key, keyFile)))
    throw new Error(`enrolment-key: the key in ${keyFile} is not that of the certificate`);
  const { CN } = certificate.toLegacyObject().subject;
  if (typeof CN !== "string" || CN === "")
    throw new Error(`enrolment-certificate: the certificate in ${certificateFile} needs one common name`);
  const { issuer, validTo } = certificate;
  return {
    ...{ cert: `${chain.join("\n")}\n`, key: `${key}\n`, device: CN },
    issuer: issuer.split("\n").reverse().join(", "),
    until: Date.parse(validTo),
  };
}

/** What a person can do about an expired certificate; undefined for one that is valid by the device's clock. */
export function expiryAdvice({ until }: Pick<EnrolmentCertificate, "until">, now: number): string | undefined {
  if (now < until) return undefined;
  return "It has expired: get a new certificate from the authority, and check the clock of this device.";
}

function parsed(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error(`enrolment-certificate: ${file} has no certificate in PEM`);
  }
}

function privateKey(pem: string, file: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`enrolment-key: the private key in ${file} can't be read; it must not have a passphrase`);
  }
}
