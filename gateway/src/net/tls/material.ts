import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, DEFAULT_CIPHERS, type SecureContextOptions } from "node:tls";
import { FleetError } from "@fleetlog/domain";
import { mayHaveAuthoritiesBelow, type ServerCertificate, type TrustedIssuer } from "@fleetlog/identity";
import { environmentName } from "@fleetlog/runtime/node";
import type { GatewaySettings } from "../../settings/index.ts";
import { pemBlocks, pemBytes } from "../../settings/pem.ts";
import { FileAuthorities } from "./file-authorities.ts";
import { OwnAuthority } from "./own-authority.ts";
import { nextUpdateOf } from "./revocation-list.ts";

type FileSetting = "tlsCert" | "tlsKey" | "tlsClientCa" | "tlsClientCrl";
export type TlsSetting = FileSetting | "tls";

/** Without `tlsCert` the authority issues the server's certificates. */
export type TlsPaths = Readonly<Partial<Pick<GatewaySettings, FileSetting>>>;

/** Validity period of a certificate or revocation list. */
export interface Validity {
  readonly setting: TlsSetting;
  /** For people: the certificate's subject, or `revocation list`. */
  readonly what: string;
  readonly from: Date;
  readonly until: Date;
}

/** Content of the files after the checks. */
export interface TlsMaterial {
  readonly context: Readonly<SecureContextOptions>;
  readonly own: OwnAuthority;
  /** The authorities in a file. OpenSSL verifies the certificates that they have issued. */
  readonly files: FileAuthorities;
  /** How long the files are valid: the server's certificates first, then those of authorities, then revocation lists. */
  readonly validities: readonly Validity[];
}

const ADVICE: Readonly<Record<FileSetting, string>> = {
  tlsCert: "Give a PEM file with the server's certificate, and after it those of its issuers.",
  tlsKey: "Give a PEM file with the private key of the server's certificate, without a passphrase.",
  tlsClientCa: "Give a PEM file with the certificates of the authorities that sign device certificates.",
  tlsClientCrl: "Give a PEM file with one revocation list (X509 CRL) of each of those authorities.",
};

export type TlsFiles = Readonly<Partial<Record<FileSetting, string>>>;

/** Content for the TLS servers. */
export interface TlsTexts extends TlsFiles {
  /** Certificates of the installation's authority that issue device certificates. */
  readonly own: readonly TrustedIssuer[];
  /** Withdrawn issuers. Their certificates are refused, even if the chain leads to an authority in `tlsClientCa`. */
  readonly withdrawn: readonly Omit<TrustedIssuer, "until">[];
  /** Certificates that the installation's authority has issued for this server; empty if `tlsCert` is given. */
  readonly servers: readonly ServerCertificate[];
}

/** ECDSA first: an RSA-2048 signature costs the server twelve times as much as a P-256 one. */
const PREFERRED = `ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:${DEFAULT_CIPHERS}`;
/** RSA key exchange has no forward secrecy: the server's key decrypts recorded connections. */
const CIPHERS = { usual: `${PREFERRED}:!kRSA`, withRsaKeyExchange: `${PREFERRED}:AES128-SHA` } as const;

/** Undefined if TLS is off. @throws FleetError if a setting is given without the setting that it needs */
export function tlsPaths({ tls, tlsCert, tlsKey, tlsClientCa, tlsClientCrl }: GatewaySettings): TlsPaths | undefined {
  if (tlsCert === undefined && tlsKey !== undefined) throw givenAlone("tlsKey", "tlsCert");
  if (tlsCert !== undefined && tlsKey === undefined) throw givenAlone("tlsCert", "tlsKey");
  if (tlsClientCrl !== undefined && tlsClientCa === undefined) throw givenAlone("tlsClientCrl", "tlsClientCa");
  if (tlsCert === undefined && tls === "off") {
    if (tlsClientCa === undefined) return undefined;
    throw givenAlone("tlsClientCa", "tlsCert");
  }
  const given = Object.entries({ tlsCert, tlsKey, tlsClientCa, tlsClientCrl }).filter(([, path]) => path !== undefined);
  return Object.fromEntries(given);
}

/** @throws FleetError `invalid-request` with the setting as `field` if its file can't be read */
export async function readTexts(paths: TlsPaths): Promise<TlsFiles> {
  const reading = Object.entries(paths).map(async ([setting, path]) => {
    const text = await readFile(path, "utf8").catch((error: Error) => {
      throw invalidFile(setting as FileSetting, `${path} can't be read: ${error.message}`, error);
    });
    return [setting, text] as const;
  });
  return Object.fromEntries(await Promise.all(reading));
}

export function digestOf(texts: TlsTexts): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
}

/** @throws FleetError `invalid-request` with the setting as `field` if its file has the wrong content */
export function materialOf(
  { own: ownIssuers, withdrawn, servers, ...files }: TlsTexts,
  { rsaKeyExchange = false } = {},
): TlsMaterial {
  const { tlsCert, tlsKey, tlsClientCa, tlsClientCrl } = files;
  const own =
    tlsCert === undefined
      ? servers.flatMap(({ certificate }) => certificates("tls", certificate).slice(0, 1))
      : certificates("tlsCert", tlsCert).slice(0, 1);
  const authorities = tlsClientCa === undefined ? undefined : certificates("tlsClientCa", tlsClientCa);
  const lists = tlsClientCrl === undefined ? undefined : revocationLists(tlsClientCrl);
  const rootless = authorities?.find((one) => !hasIssuer(one, authorities));
  const partial = rootless !== undefined;
  if (partial && lists !== undefined) {
    // OpenSSL checks revocation for the whole chain up to the root, or not at all.
    const subject = rootless.validity?.what ?? "one authority";
    throw invalidFile(
      "tlsClientCa",
      `${subject} is signed by an authority that the file lacks, so its revocation list can't be checked`,
    );
  }
  const context: SecureContextOptions = {
    cert: tlsCert ?? servers.map(({ certificate }) => certificate),
    key: tlsKey ?? servers.map(({ key }) => key),
    minVersion: "TLSv1.2",
    ciphers: rsaKeyExchange ? CIPHERS.withRsaKeyExchange : CIPHERS.usual,
    // Clients receive these authorities' names. Some clients choose their certificate by the names.
    ca: [...(authorities?.map(({ pem }) => pem) ?? []), ...ownIssuers.map(({ certificate }) => certificate)],
    // OpenSSL then also trusts an intermediate authority whose root is not in the file.
    ...(partial && { allowPartialTrustChain: true }),
    ...(lists !== undefined && { crl: lists.map(({ pem }) => pem) }),
  };
  try {
    createSecureContext(context);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const mismatch = code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH";
    const of = `the key of the first certificate in ${environmentName("tlsCert")}`;
    throw invalidFile(
      "tlsKey",
      mismatch ? `the file is not ${of}` : `the file can't be used as ${of}: ${message}`,
      error,
    );
  }
  const issuersOnly = ownIssuers.some(
    ({ certificate: pem }) => (partial || isSelfSigned(pem)) && mayHaveAuthoritiesBelow(pem),
  );
  const validities = [...own, ...(authorities ?? []), ...(lists ?? [])].map((each) => each?.validity);
  return {
    context,
    own: new OwnAuthority([...ownIssuers, ...withdrawn.map((one) => ({ ...one, until: 0 }))]),
    files: new FileAuthorities(authorities?.map(({ pem }) => pem) ?? [], { partial, issuersOnly }),
    validities: validities.filter((each) => each !== undefined),
  };
}

function isSelfSigned(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.checkIssued(certificate);
}

interface Block {
  readonly pem: string;
  readonly validity: Validity | undefined;
}

/** Whether `among` has the certificate that signed this one; a root has signed itself. */
function hasIssuer({ pem }: Block, among: readonly Block[]): boolean {
  const certificate = new X509Certificate(pem);
  return among.some((other) => certificate.checkIssued(new X509Certificate(other.pem)));
}

function certificates(setting: "tls" | "tlsCert" | "tlsClientCa", text: string): Block[] {
  return blocks(setting, text, "CERTIFICATE", (pem) => {
    const { subject, validFromDate: from, validToDate: until } = new X509Certificate(pem);
    return { setting, what: subject.replaceAll("\n", ", "), from, until };
  });
}

function revocationLists(text: string): Block[] {
  return blocks("tlsClientCrl", text, "X509 CRL", (pem) => {
    createSecureContext({ crl: pem });
    const until = nextUpdateOf(pemBytes(pem));
    return until && { setting: "tlsClientCrl", what: "revocation list", from: new Date(0), until };
  });
}

function blocks(
  setting: TlsSetting,
  text: string,
  label: string,
  validityOf: (pem: string) => Validity | undefined,
): Block[] {
  try {
    const found = pemBlocks(text, label).map((pem) => ({ pem, validity: validityOf(pem) }));
    if (found.length > 0) return found;
  } catch (error) {
    throw invalidFile(setting, `the file holds a broken ${label}: ${(error as Error).message}`, error);
  }
  throw invalidFile(setting, `the file holds no ${label} in PEM`);
}

function givenAlone(given: FileSetting, missing: FileSetting): FleetError {
  return new FleetError("invalid-request", `${environmentName(given)} is given without ${environmentName(missing)}`, {
    field: environmentName(missing),
    advice: "Give both, or neither.",
  });
}

function invalidFile(setting: TlsSetting, message: string, cause?: unknown): FleetError {
  const about = { field: environmentName(setting), cause };
  return new FleetError("invalid-request", message, setting === "tls" ? about : { ...about, advice: ADVICE[setting] });
}
