import { type Issuer, indirectRevocationList, revocationList } from "./certificates.ts";
import { subjectIn } from "./names.ts";
import type { Revoked, StoredAuthority } from "./store.ts";
import { earlierOf, endOf } from "./succession.ts";

const LIFETIME_MS = 86_400_000;

export interface RevocationListsOptions {
  readonly stored: StoredAuthority;
  readonly issuer: Issuer;
  readonly revoked: readonly Revoked[];
  readonly now: number;
  readonly open: (authority: { readonly chain: readonly string[]; readonly key: string }) => Promise<Issuer>;
}

/** The list of the present issuer, then one of each earlier issuer that has not ended. PEM. */
export async function revocationLists(options: RevocationListsOptions): Promise<string[]> {
  const { stored, issuer, revoked, now, open } = options;
  const times = { now, lifetimeMs: LIFETIME_MS };
  const lists = [await revocationList(issuer, listedBy(issuer.certificate, revoked), times)];
  for (const earlier of earlierOf(stored)) {
    if (now >= endOf(earlier)) continue;
    const { chain, key } = earlier;
    const [certificate = ""] = chain;
    const listed = listedBy(certificate, revoked);
    if (key !== undefined) lists.push(await revocationList(await open({ chain, key }), listed, times));
    else if (listed.length > 0) lists.push(await indirectRevocationList(issuer, certificate, listed, times));
  }
  return lists;
}

function listedBy(issuer: string, revoked: readonly Revoked[]): readonly Revoked[] {
  const subject = subjectIn(issuer);
  return revoked.filter((one) => one.issuer === subject);
}
