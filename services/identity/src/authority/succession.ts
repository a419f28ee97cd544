import { X509Certificate } from "node:crypto";
import { subjectIn } from "./names.ts";
import type { ReplacedAuthority, StoredAuthority } from "./store.ts";

/** The most replaced authorities that are kept. The oldest are dropped first. */
const MAX_REPLACED = 16;

/** An issuing certificate whose device certificates are accepted. */
export interface TrustedIssuer {
  /** PEM. */
  readonly certificate: string;
  /** SHA-256 of the certificate, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /**
   * When the issuer's device certificates begin to be refused, milliseconds since the epoch; absent: when they expire.
   */
  readonly until?: number;
}

/** An authority as an operator gives it. */
export interface Succeeding {
  readonly chain: readonly string[];
  /** Sealed. */
  readonly key: string;
  readonly rootKey?: string;
}

export function isSame(one = "", other = ""): boolean {
  return one === other || fingerprintOf(one) === fingerprintOf(other);
}

/**
 * Earlier releases stored neither the time of a replacement nor the replaced key. The overlap of such an authority
 * begins now.
 */
export function withDates(stored: StoredAuthority, now: number): StoredAuthority {
  if (stored.replaced !== undefined || stored.earlier.length === 0) return stored;
  return { ...stored, replaced: stored.earlier.map((pem) => ({ chain: [pem], at: now })) };
}

export function first({ chain, ...keys }: Succeeding): StoredAuthority {
  return { chain: [...chain], ...keys, earlier: [] };
}

/**
 * Another root follows: the overlap begins for the present authority, and for the intermediates of the same root that
 * it has replaced.
 */
export function succeed(stored: StoredAuthority, next: Succeeding, now: number): StoredAuthority {
  const { chain, key } = stored;
  return followed(
    stored,
    next,
    [{ chain, key, at: now }, ...earlierOf(stored).map((one) => ({ at: now, ...one }))],
    now,
  );
}

/** The authority after its renewal: another intermediate of the same root follows. */
export function renew(stored: StoredAuthority, next: Succeeding, now: number): StoredAuthority {
  const { chain, key } = stored;
  return followed(stored, next, [{ chain, key, renewed: true }, ...earlierOf(stored)], now);
}

function followed(
  stored: StoredAuthority,
  { chain, ...keys }: Succeeding,
  replaced: readonly ReplacedAuthority[],
  now: number,
): StoredAuthority {
  const kept = replaced.filter((one) => now < endOf(one) && !isSame(one.chain[0], chain[0])).slice(0, MAX_REPLACED);
  const earlier = [...stored.chain.slice(0, 1), ...stored.earlier].filter((pem) => !isSame(pem, chain[0]));
  return { chain: [...chain], ...keys, earlier, replaced: kept };
}

/** The replacement of one issuing certificate (`before`) by another one (`next`). */
export interface Succession {
  readonly next: IssuingCertificate;
  readonly before: IssuingCertificate;
  /** Whether both certificates have the same root. */
  readonly renewed: boolean;
  /** Whether the device certificates of `before` are refused, although `before` has not expired. */
  readonly withdrawn: boolean;
  /** Id of the person who has withdrawn it before the end of its overlap. */
  readonly withdrawnBy?: string;
}

export interface IssuingCertificate {
  /** Subject on one line. */
  readonly subject: string;
  /** SHA-256 of the certificate, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

/** An issuing certificate of the installation that has not expired. */
export interface Issuing extends IssuingCertificate {
  /**
   * `issuing`: signs new certificates. `accepted`: replaced, but its certificates are still accepted. `withdrawn`: they
   * are refused.
   */
  readonly state: "issuing" | "accepted" | "withdrawn";
  /** When its certificates begin to be refused, RFC 3339; only if `accepted`. */
  readonly until?: string;
  /** Id of the person who has withdrawn it before the end of its overlap. */
  readonly withdrawnBy?: string;
}

/** The oldest first, without the successions whose earlier certificate has expired. */
export function successionsOf(stored: StoredAuthority, now: number, overlapMs: number): readonly Succession[] {
  const issuing = [stored.chain[0] ?? "", ...stored.earlier];
  const accepted = acceptedOf(stored, now, overlapMs);
  const found = issuing.slice(1).flatMap((pem, i): Succession[] => {
    const one = earlierOf(stored).find(({ chain }) => isSame(chain[0], pem));
    if (one === undefined || now >= endOf(one)) return [];
    const next = issuingCertificate(issuing[i] ?? "");
    const renewed = one.renewed === true;
    const { withdrawnBy } = one;
    const withdrawn = { withdrawn: !accepted.includes(one), ...(withdrawnBy !== undefined && { withdrawnBy }) };
    return [{ next, before: issuingCertificate(pem), renewed, ...withdrawn }];
  });
  return found.toReversed();
}

/** The present issuing certificate, and those that it has replaced, the newest first. */
export function issuingOf(stored: StoredAuthority, now: number, overlapMs: number): readonly Issuing[] {
  const accepted = acceptedOf(stored, now, overlapMs);
  const replaced = earlierOf(stored)
    .filter((one) => now < endOf(one))
    .map((one): Issuing => {
      const { chain, withdrawnBy } = one;
      const certificate = issuingCertificate(chain[0] ?? "");
      if (accepted.includes(one)) {
        const until = new Date(Math.min(endOf(one), withdrawalOf(one, overlapMs))).toISOString();
        return { ...certificate, state: "accepted", until };
      }
      return { ...certificate, state: "withdrawn", ...(withdrawnBy !== undefined && { withdrawnBy }) };
    });
  return [{ ...issuingCertificate(stored.chain[0] ?? ""), state: "issuing" }, ...replaced];
}

function issuingCertificate(pem: string): IssuingCertificate {
  const { validToDate } = new X509Certificate(pem);
  return { subject: subjectIn(pem), fingerprint: fingerprintOf(pem), notAfter: validToDate.toISOString() };
}

/** Replaced authorities, newest first. */
export function earlierOf({ replaced = [] }: StoredAuthority): readonly ReplacedAuthority[] {
  return replaced;
}

/** Replaced authorities whose device certificates are still accepted. */
export function acceptedOf(stored: StoredAuthority, now: number, overlapMs: number): readonly ReplacedAuthority[] {
  return earlierOf(stored).filter(
    (one) => one.withdrawnBy === undefined && now < endOf(one) && now < withdrawalOf(one, overlapMs),
  );
}

/** Withdraws a replaced authority now. `found` is undefined if no replaced authority has this fingerprint. */
export function withdraw(
  stored: StoredAuthority,
  fingerprint: string,
  by: string,
): { readonly next: StoredAuthority; readonly found: IssuingCertificate | undefined } {
  const isMeant = ({ chain }: ReplacedAuthority) => fingerprintOf(chain[0] ?? "") === fingerprint;
  const meant = earlierOf(stored).find(isMeant);
  if (meant === undefined) return { next: stored, found: undefined };
  const replaced = earlierOf(stored).map((one) => (isMeant(one) ? { withdrawnBy: by, ...one } : one));
  return { next: { ...stored, replaced }, found: issuingCertificate(meant.chain[0] ?? "") };
}

export function trustedOf(stored: StoredAuthority, now: number, overlapMs: number): readonly TrustedIssuer[] {
  const earlier = acceptedOf(stored, now, overlapMs).map((one) => ({
    ...issuerIn(one.chain),
    ...(one.at !== undefined && { until: withdrawalOf(one, overlapMs) }),
  }));
  return [issuerIn(stored.chain), ...earlier];
}

/** Issuing certificates that a person has withdrawn, until they expire. */
export function withdrawnOf(stored: StoredAuthority, now: number): readonly Omit<TrustedIssuer, "until">[] {
  return earlierOf(stored)
    .filter((one) => one.withdrawnBy !== undefined && now < endOf(one))
    .map(({ chain }) => issuerIn(chain));
}

function issuerIn([certificate = ""]: readonly string[]): TrustedIssuer {
  return { certificate, fingerprint: fingerprintOf(certificate) };
}

/**
 * The authority of servers and of signed messages. During an overlap it is the oldest accepted authority, because all
 * devices have its root. Devices get the present authority's root with their next certificate.
 */
export function presentedOf(stored: StoredAuthority, now: number, overlapMs: number): { chain: string[]; key: string } {
  const oldest = acceptedOf(stored, now, overlapMs).findLast(({ key, renewed }) => key !== undefined && !renewed);
  return { chain: oldest?.chain ?? stored.chain, key: oldest?.key ?? stored.key };
}

/** All certificates that clients should have: those of the present authority first. PEM. */
export function chainOf(stored: StoredAuthority, now: number, overlapMs: number): string {
  const earlier = acceptedOf(stored, now, overlapMs).filter(({ renewed }) => !renewed);
  return [...new Set([stored, ...earlier].flatMap(({ chain }) => chain))].join("");
}

function withdrawalOf({ at }: ReplacedAuthority, overlapMs: number): number {
  return at === undefined ? Number.POSITIVE_INFINITY : at + overlapMs;
}

export function endOf({ chain }: Pick<ReplacedAuthority, "chain">): number {
  return read(chain[0] ?? "").end;
}

function fingerprintOf(pem: string): string {
  return read(pem).fingerprint;
}

const MAX_KNOWN = 4 * MAX_REPLACED;
const known = new Map<string, { readonly fingerprint: string; readonly end: number }>();

/** Kept, because reading a certificate takes 30 µs, and each log-in with a certificate asks for the authorities. */
function read(pem: string): { readonly fingerprint: string; readonly end: number } {
  const found = known.get(pem);
  if (found !== undefined) return found;
  const { fingerprint256, validToDate } = new X509Certificate(pem);
  const made = { fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(), end: validToDate.getTime() };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(pem, made);
  return made;
}
