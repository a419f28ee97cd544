import { type KeyObject, X509Certificate } from "node:crypto";
import type { Buckets } from "@fleetlog/log";
import type { Sealer } from "../installation/sealer.ts";
import { deviceCertificate, type Issuer, serverCertificate, signingCertificate } from "./certificates.ts";
import type { GivenAuthority } from "./given.ts";
import { type AuthorityNews, installedAuthority } from "./installed.ts";
import { type KeyType, newKeys, pemOf } from "./keys.ts";
import { isRoot, subjectIn, subjectOf } from "./names.ts";
import { publicKeyIn } from "./request.ts";
import { revocationLists } from "./revocation-lists.ts";
import { AuthorityStore } from "./store.ts";
import {
  chainOf,
  endOf,
  type Issuing,
  type IssuingCertificate,
  issuingOf,
  presentedOf,
  type Succession,
  successionsOf,
  type TrustedIssuer,
  trustedOf,
  withdrawnOf,
} from "./succession.ts";

const DAY = 86_400_000;

/** Identifies a certificate of this authority. */
export interface IssuedCertificate {
  /** 32 hexadecimal digits, lower case. */
  readonly serial: string;
  /** Subject of the signing authority. */
  readonly issuer: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

export interface NewCertificate extends IssuedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** The authority's certificates, PEM. */
  readonly ca: string;
  /** PKCS #8, PEM; only if Fleetlog made the key. */
  readonly key?: string;
}

export type CertificateKey =
  | {
      readonly csr: string;
      /** A second name that the request may have instead of the device's; the certificate still names the device. */
      readonly orNamed?: string;
    }
  | { readonly make: KeyType };

export interface ServerCertificate {
  /** PEM, followed by the authority's certificates without the root. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
}

export interface AuthorityOptions {
  readonly buckets: Buckets;
  readonly sealer: Sealer;
  readonly clock?: () => number;
  /** Lifetime of devices' certificates. */
  readonly lifetimeMs?: number;
  /** Replaces the stored authority, unless it was itself replaced before. */
  readonly given?: GivenAuthority | undefined;
  /** How long a replaced authority is accepted, and used for servers and signed messages; default 365 days. */
  readonly overlapMs?: number;
  /** Called with the issuing certificate's subject when this process has stored a change, or does not use `given`. */
  readonly onNews?: ((news: AuthorityNews, subject: string) => void) | undefined;
}

/**
 * The certificate authority of the installation, the same on all nodes. Its first use makes a root and an intermediate,
 * if no authority is given.
 */
export interface Authority {
  /**
   * PEM; the issuing certificate is the first. While a replaced authority still counts, its certificates follow.
   */
  chain(): Promise<string>;
  /** The issuing certificate, and the replaced ones that still count. */
  trusted(): Promise<readonly TrustedIssuer[]>;
  /** Issuing certificates that a person has withdrawn and that have not ended. */
  withdrawn(): Promise<readonly Omit<TrustedIssuer, "until">[]>;
  /**
   * Until when the device certificates of an issuing certificate are accepted, in milliseconds since the epoch.
   * Infinity: each certificate is accepted until it expires. Undefined: the issuing certificate was withdrawn, or is
   * not of this authority.
   */
  acceptedUntil(fingerprint: string): Promise<number | undefined>;
  /** The present issuing certificate, and the replaced ones that have not expired, the newest first. */
  issuing(): Promise<readonly Issuing[]>;
  /**
   * Withdraws a replaced issuing certificate before the end of its overlap: on this node at once, on others with their
   * next {@link refresh}, or within ten seconds. A repeated call changes nothing.
   * @param by id of the person
   * @returns undefined if no replaced certificate has this fingerprint
   */
  withdraw(fingerprint: string, by: string): Promise<IssuingCertificate | undefined>;
  /** Reads the store again, because another node has changed the authority. */
  refresh(): Promise<void>;
  /** The successions of issuing certificates, the oldest first. */
  successions(): Promise<readonly Succession[]>;
  /**
   * When the first of the present authority's certificates expires, in milliseconds since the epoch. Of an authority
   * that Fleetlog made, only the root counts, because the other certificates are renewed.
   */
  ends(): Promise<{ readonly subject: string; readonly at: number }>;
  /** @throws FleetError `invalid-request` for a signing request that is refused */
  issue(device: string, key: CertificateKey): Promise<NewCertificate>;
  /** Certificates for a TLS server, one for each kind of key. */
  issueServer(names: readonly string[], lifetimeMs: number): Promise<readonly ServerCertificate[]>;
  /**
   * A certificate for a TLS server that keeps its key to itself; PEM, followed by the authority's certificates without
   * the root.
   */
  certifyServer(publicKey: KeyObject, names: readonly string[], lifetimeMs: number): Promise<string>;
  /** A certificate for a key that signs messages to devices; PEM, followed by the authority's certificates. */
  issueSigner(publicKey: KeyObject, lifetimeMs: number): Promise<string>;
  /** Adds to the revocation list. Log-ins are decided by the devices' credential records, not by this list. */
  listRevoked(certificates: readonly IssuedCertificate[]): Promise<void>;
  /**
   * PEM: a list of the issuing certificate, and one of each replaced issuing certificate until that certificate
   * expires. If the key of a replaced certificate is missing, the present one signs the list as an indirect list (RFC
   * 5280, 5.2.5).
   */
  revocationList(): Promise<string>;
}

export function certificateAuthority(options: AuthorityOptions): Authority {
  const { clock = Date.now, lifetimeMs = 365 * DAY, overlapMs = 365 * DAY } = options;
  const store = new AuthorityStore(options.buckets);
  const installed = installedAuthority({ ...options, store, clock });
  const current = () => installed.current();

  /** The authority that servers and signed messages use. */
  async function presented(): Promise<{ readonly chain: readonly string[]; readonly issuer: Issuer }> {
    const { stored, issuer } = await current();
    const { chain, key } = presentedOf(stored, clock(), overlapMs);
    return { chain, issuer: key === stored.key ? issuer : await installed.issuerIn({ chain, key }) };
  }

  async function chain(): Promise<string> {
    return chainOf((await current()).stored, clock(), overlapMs);
  }

  async function certifyServer(publicKey: KeyObject, names: readonly string[], serverLifetimeMs: number) {
    const { chain, issuer } = await presented();
    const content = { names, publicKey, now: clock(), lifetimeMs: serverLifetimeMs };
    // Clients have the root already.
    return (await serverCertificate(issuer, content)) + chain.filter((one) => !isRoot(one)).join("");
  }

  const trusted = async () => trustedOf((await current()).stored, clock(), overlapMs);

  return {
    chain,
    trusted,

    withdrawn: async () => withdrawnOf((await current()).stored, clock()),

    async acceptedUntil(fingerprint) {
      const issuer = (await trusted()).find((one) => one.fingerprint === fingerprint);
      return issuer && (issuer.until ?? Number.POSITIVE_INFINITY);
    },

    issuing: async () => issuingOf((await current()).stored, clock(), overlapMs),

    withdraw: (fingerprint, by) => installed.withdraw(fingerprint, by),

    refresh: () => installed.refresh(),

    successions: async () => successionsOf((await current()).stored, clock(), overlapMs),

    async ends() {
      const { chain: all, rootKey } = (await current()).stored;
      const counted = rootKey === undefined ? all : all.slice(-1);
      const ends = counted.map((pem) => ({ subject: subjectIn(pem), at: endOf({ chain: [pem] }) }));
      return ends.reduce((first, one) => (one.at < first.at ? one : first));
    },

    async issue(device, wanted) {
      const { issuer } = await current();
      const keys = "csr" in wanted ? undefined : await newKeys(wanted.make);
      const publicKey: KeyObject =
        "csr" in wanted
          ? await publicKeyIn(wanted.csr, device, wanted.orNamed)
          : (keys as NonNullable<typeof keys>).publicKey;
      const certificate = await deviceCertificate(issuer, { device, publicKey, now: clock(), lifetimeMs });
      return {
        ...named(certificate),
        certificate,
        ca: await chain(),
        ...(keys !== undefined && { key: pemOf(keys.privateKey) }),
      };
    },

    async issueServer(names, serverLifetimeMs) {
      const issued = (["P-256", "RSA-2048"] as const).map(async (type) => {
        const { publicKey, privateKey } = await newKeys(type);
        return { certificate: await certifyServer(publicKey, names, serverLifetimeMs), key: pemOf(privateKey) };
      });
      return Promise.all(issued);
    },

    certifyServer,

    async issueSigner(publicKey, signerLifetimeMs) {
      const { chain, issuer } = await presented();
      const content = { subject: "Fleetlog messages", publicKey, now: clock(), lifetimeMs: signerLifetimeMs };
      return (await signingCertificate(issuer, content)) + chain.join("");
    },

    async listRevoked(certificates) {
      const at = new Date(clock()).toISOString();
      for (const { serial, issuer, notAfter } of certificates) await store.addRevoked({ serial, issuer, notAfter, at });
    },

    async revocationList() {
      const { stored, issuer } = await current();
      const revoked = await store.revoked(clock());
      return (await revocationLists({ stored, issuer, revoked, now: clock(), open: installed.issuerIn })).join("");
    },
  };
}

function named(pem: string): IssuedCertificate {
  const { serialNumber, issuer, validToDate } = new X509Certificate(pem);
  return { serial: serialNumber.toLowerCase(), issuer: subjectOf(issuer), notAfter: validToDate.toISOString() };
}
