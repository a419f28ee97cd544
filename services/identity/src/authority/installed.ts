import { randomBytes, X509Certificate } from "node:crypto";
import type { Sealer } from "../installation/sealer.ts";
import { authorityCertificate, type Issuer } from "./certificates.ts";
import type { GivenAuthority } from "./given.ts";
import { newKeys, pemOf, signerOf } from "./keys.ts";
import { subjectIn } from "./names.ts";
import type { AuthorityStore, StoredAuthority } from "./store.ts";
import {
  first,
  type IssuingCertificate,
  isSame,
  renew,
  type Succeeding,
  succeed,
  withDates,
  withdraw,
} from "./succession.ts";

const ROOT_YEARS = 20;
const INTERMEDIATE_YEARS = 10;
/** A process reads the stored authority again after this time: another process may have replaced it. */
const FRESH_MS = 10_000;
const ISSUING_KEY = { purpose: "authority", record: "issuing" } as const;
const ROOT_KEY = { purpose: "authority", record: "root" } as const;

export interface InstalledOptions {
  readonly store: AuthorityStore;
  readonly sealer: Sealer;
  readonly clock: () => number;
  readonly given?: GivenAuthority | undefined;
  readonly onNews?: ((news: AuthorityNews, subject: string) => void) | undefined;
}

/** `ignored`: the configured authority is not used, because another one has replaced it. */
export type AuthorityNews = "made" | "replaced" | "renewed" | "ignored";

export interface Opened {
  readonly stored: StoredAuthority;
  readonly issuer: Issuer;
  readonly at: number;
}

/** The stored authority and its opened key. */
export interface InstalledAuthority {
  /** Makes, replaces or renews the authority if that is due. */
  current(): Promise<Opened>;
  /** Reads the stored authority again. */
  refresh(): Promise<void>;
  /** Resolves with undefined if no replaced authority has this fingerprint. */
  withdraw(fingerprint: string, by: string): Promise<IssuingCertificate | undefined>;
  issuerIn(authority: { readonly chain: readonly string[]; readonly key: string }): Promise<Issuer>;
}

export function installedAuthority({ store, sealer, clock, given, onNews }: InstalledOptions): InstalledAuthority {
  let opened: Opened | undefined;
  let opening: Promise<Opened> | undefined;

  async function open(): Promise<Opened> {
    for (let checkGiven = opened === undefined; ; ) {
      const found = await store.read();
      const { next, news } = await nextOf(found?.authority, checkGiven);
      if (next === undefined && found !== undefined) return use(found.authority);
      if (next === undefined || !(await store.write(next, found?.revision))) continue;
      if (news === undefined) continue;
      onNews?.(news, subjectIn(next.chain[0] ?? ""));
      checkGiven = false;
    }
  }

  /** `next` is undefined if the stored authority stays as it is. */
  async function nextOf(
    stored: StoredAuthority | undefined,
    checkGiven: boolean,
  ): Promise<{ readonly next?: StoredAuthority; readonly news?: AuthorityNews }> {
    const now = clock();
    if (stored === undefined) return { next: first(given === undefined ? await made() : sealed(given)), news: "made" };
    const dated = withDates(stored, now);
    if (dated !== stored) return { next: dated };
    if (checkGiven && given !== undefined) {
      const [issuing = ""] = given.chain;
      if (isSame(issuing, stored.chain[0])) {
        if (given.chain.join("") !== stored.chain.join("")) return { next: { ...stored, chain: [...given.chain] } };
      } else if (stored.earlier.some((pem) => isSame(issuing, pem))) {
        // The settings have an authority that was replaced since: this node's settings are older than another node's.
        onNews?.("ignored", subjectIn(issuing));
      } else return { next: succeed(stored, sealed(given), now), news: "replaced" };
    }
    if (!isDue(stored, now)) return {};
    return { next: renew(stored, await renewed(stored, stored.rootKey ?? ""), now), news: "renewed" };
  }

  async function use(stored: StoredAuthority): Promise<Opened> {
    return { stored, issuer: await issuerIn(stored), at: clock() };
  }

  async function issuerIn({
    chain,
    key,
  }: {
    readonly chain: readonly string[];
    readonly key: string;
  }): Promise<Issuer> {
    return { certificate: chain[0] ?? "", signer: await signerOf(sealer.open(ISSUING_KEY, key).toString()) };
  }

  async function made(): Promise<Succeeding> {
    const root = await newKeys();
    const key = pemOf(root.privateKey);
    const base = { signer: await signerOf(key), now: clock(), years: ROOT_YEARS };
    // No two installations have authorities of the same name.
    const top = await authorityCertificate(`Fleetlog root ${newName()}`, root.publicKey, base);
    return intermediate(top, key);
  }

  function renewed({ chain }: StoredAuthority, rootKey: string): Promise<Succeeding> {
    return intermediate(chain.at(-1) ?? "", sealer.open(ROOT_KEY, rootKey).toString());
  }

  async function intermediate(root: string, rootKey: string): Promise<Succeeding> {
    const issuing = await newKeys();
    const certificate = await authorityCertificate(`Fleetlog devices ${newName()}`, issuing.publicKey, {
      signer: await signerOf(rootKey),
      now: clock(),
      issuer: root,
      years: INTERMEDIATE_YEARS,
    });
    return {
      chain: [certificate, root],
      key: sealer.seal(ISSUING_KEY, pemOf(issuing.privateKey)),
      rootKey: sealer.seal(ROOT_KEY, rootKey),
    };
  }

  function sealed({ chain, key }: GivenAuthority): Succeeding {
    return { chain, key: sealer.seal(ISSUING_KEY, key) };
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

  async function refresh(): Promise<void> {
    // A read that is under way may have begun before the change, so its result is read again.
    await opening?.catch(() => undefined);
    if (opened !== undefined) opened = { ...opened, at: Number.NEGATIVE_INFINITY };
    await current();
  }

  async function withdrawn(fingerprint: string, by: string): Promise<IssuingCertificate | undefined> {
    for (;;) {
      const stored = await store.read();
      if (stored === undefined) return undefined;
      const { next, found } = withdraw(stored.authority, fingerprint, by);
      if (found !== undefined && !(await store.write(next, stored.revision))) continue;
      if (found !== undefined) await refresh();
      return found;
    }
  }

  return { current, refresh, withdraw: withdrawn, issuerIn };
}

/** The installation's own issuing certificate is renewed in the last third of its lifetime, unless its root ends first. */
function isDue({ chain, rootKey }: StoredAuthority, now: number): boolean {
  if (rootKey === undefined) return false;
  const [issuing, root] = [new X509Certificate(chain[0] ?? ""), new X509Certificate(chain.at(-1) ?? "")];
  const until = issuing.validToDate.getTime();
  const isLate = now > until - (until - issuing.validFromDate.getTime()) / 3;
  return isLate && root.validToDate.getTime() > until;
}

function newName(): string {
  return randomBytes(4).toString("hex");
}
