import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from "node:crypto";
import type { Buckets } from "@fleetlog/log";
import type { Sealer } from "../installation/sealer.ts";
import {
  authorityCertificate,
  deviceCertificate,
  type Issuer,
  revocationList,
  serverCertificate,
  signingCertificate,
} from "./certificates.ts";
import { type KeyType, newKeys, pemOf, signerOf } from "./keys.ts";
import { publicKeyIn } from "./request.ts";
import { AuthorityStore, type StoredAuthority } from "./store.ts";

const DAY = 86_400_000;
const ROOT_YEARS = 20;
const INTERMEDIATE_YEARS = 10;
const LIST_LIFETIME = DAY;
/** A process reads the stored authority again after this time: another process may have replaced it. */
const FRESH_MS = 10_000;
const ISSUING_KEY = { purpose: "authority", record: "issuing" } as const;
const ROOT_KEY = { purpose: "authority", record: "root" } as const;

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
  /** Only if the key was made here: PKCS #8, PEM. */
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

/** An authority from the settings. */
export interface GivenAuthority {
  /** PEM; the issuing certificate is the first. */
  readonly chain: readonly string[];
  /** PEM. */
  readonly key: string;
}

export interface AuthorityOptions {
  readonly buckets: Buckets;
  readonly sealer: Sealer;
  readonly clock?: () => number;
  /** Lifetime of devices' certificates. */
  readonly lifetimeMs?: number;
  /** Replaces the stored authority. */
  readonly given?: GivenAuthority | undefined;
}

/**
 * The certificate authority of the installation, the same on all nodes. Its first use makes a root and an intermediate,
 * if no authority is given.
 */
export interface Authority {
  /** PEM; the issuing certificate is the first. */
  chain(): Promise<string>;
  /** PEM: the issuing certificate and those that it has replaced. Device certificates of all of them are accepted. */
  trusted(): Promise<readonly string[]>;
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
  revocationList(): Promise<string>;
}

interface Opened {
  readonly stored: StoredAuthority;
  readonly issuer: Issuer;
  readonly chain: string;
  readonly at: number;
}

export function certificateAuthority(options: AuthorityOptions): Authority {
  const { buckets, sealer, clock = Date.now, lifetimeMs = 365 * DAY, given } = options;
  const store = new AuthorityStore(buckets);
  let opened: Opened | undefined;
  let opening: Promise<Opened> | undefined;

  async function open(): Promise<Opened> {
    for (let checkGiven = opened === undefined; ; ) {
      const found = await store.read();
      const isOther = checkGiven && given !== undefined && found?.authority.chain[0] !== given.chain[0];
      if (found !== undefined && !isOther) return use(found.authority);
      const next = given === undefined ? await made() : replaced(given, found?.authority);
      if (await store.write(next, found?.revision)) checkGiven = false;
    }
  }

  async function use(stored: StoredAuthority): Promise<Opened> {
    const certificate = stored.chain[0] ?? "";
    const key = sealer.open(ISSUING_KEY, stored.key).toString();
    return { stored, issuer: { certificate, signer: await signerOf(key) }, chain: stored.chain.join(""), at: clock() };
  }

  async function made(): Promise<StoredAuthority> {
    const [root, issuing] = [await newKeys(), await newKeys()];
    const [rootKey, key] = [pemOf(root.privateKey), pemOf(issuing.privateKey)];
    // No two installations have authorities of the same name.
    const id = randomBytes(4).toString("hex");
    const base = { signer: await signerOf(rootKey), now: clock() };
    const top = await authorityCertificate(`Fleetlog root ${id}`, root.publicKey, { ...base, years: ROOT_YEARS });
    const certificate = await authorityCertificate(`Fleetlog devices ${id}`, issuing.publicKey, {
      ...base,
      issuer: top,
      years: INTERMEDIATE_YEARS,
    });
    return {
      chain: [certificate, top],
      key: sealer.seal(ISSUING_KEY, key),
      rootKey: sealer.seal(ROOT_KEY, rootKey),
      earlier: [],
    };
  }

  function replaced({ chain, key }: GivenAuthority, before: StoredAuthority | undefined): StoredAuthority {
    const [issuing] = chain;
    const earlier = before === undefined ? [] : [...before.chain.slice(0, 1), ...before.earlier];
    return {
      chain: [...chain],
      key: sealer.seal(ISSUING_KEY, key),
      earlier: earlier.filter((one) => one !== issuing),
    };
  }

  function current(): Promise<Opened> {
    if (opened !== undefined && clock() - opened.at < FRESH_MS) return Promise.resolve(opened);
    opening ??= open()
      .then((found) => {
        opened = found;
        return found;
      })
      .finally(() => {
        opening = undefined;
      });
    return opening;
  }

  async function certifyServer(publicKey: KeyObject, names: readonly string[], serverLifetimeMs: number) {
    const { issuer, stored } = await current();
    // Clients have the root already.
    const chain = stored.chain.filter((one) => !isRoot(one)).join("");
    return (await serverCertificate(issuer, { names, publicKey, now: clock(), lifetimeMs: serverLifetimeMs })) + chain;
  }

  return {
    chain: async () => (await current()).chain,

    async trusted() {
      const { chain, earlier } = (await current()).stored;
      return [...chain.slice(0, 1), ...earlier];
    },

    async issue(device, wanted) {
      const { issuer, chain } = await current();
      const keys = "csr" in wanted ? undefined : await newKeys(wanted.make);
      const publicKey: KeyObject =
        "csr" in wanted
          ? await publicKeyIn(wanted.csr, device, wanted.orNamed)
          : (keys as NonNullable<typeof keys>).publicKey;
      const certificate = await deviceCertificate(issuer, { device, publicKey, now: clock(), lifetimeMs });
      return {
        ...named(certificate),
        certificate,
        ca: chain,
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
      const { issuer, chain } = await current();
      const content = { subject: "Fleetlog messages", publicKey, now: clock(), lifetimeMs: signerLifetimeMs };
      return (await signingCertificate(issuer, content)) + chain;
    },

    async listRevoked(certificates) {
      const at = new Date(clock()).toISOString();
      for (const { serial, issuer, notAfter } of certificates) await store.addRevoked({ serial, issuer, notAfter, at });
    },

    async revocationList() {
      const { issuer } = await current();
      const subject = subjectOf(new X509Certificate(issuer.certificate).subject);
      const revoked = (await store.revoked(clock())).filter((one) => one.issuer === subject);
      return revocationList(issuer, revoked, { now: clock(), lifetimeMs: LIST_LIFETIME });
    },
  };
}

function named(pem: string): IssuedCertificate {
  const { serialNumber, issuer, validToDate } = new X509Certificate(pem);
  return { serial: serialNumber.toLowerCase(), issuer: subjectOf(issuer), notAfter: validToDate.toISOString() };
}

function isRoot(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.checkIssued(certificate);
}

/** A distinguished name on one line. */
export function subjectOf(name: string): string {
  return name.replaceAll("\n", ", ");
}

/** @throws Error if the key does not belong to the first certificate */
export function givenAuthority(chain: readonly string[], key: string): GivenAuthority {
  const [issuing] = chain;
  if (issuing === undefined || !new X509Certificate(issuing).checkPrivateKey(createPrivateKey(key)))
    throw new Error("it is not the key of the first certificate");
  return { chain, key };
}
