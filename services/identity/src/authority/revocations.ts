import type { Buckets } from "@fleetlog/log";
import { AuthorityStore, type Revoked } from "./store.ts";

/** The part of the authority that needs no key. */
export interface Revocations {
  /** Puts certificates on the revocation list. Their devices' credential records decide whether they log in. */
  listRevoked(certificates: readonly Omit<Revoked, "at">[]): Promise<void>;
}

export function revocations(buckets: Buckets, clock: () => number = Date.now): Revocations {
  const store = new AuthorityStore(buckets);
  return {
    async listRevoked(certificates) {
      const at = new Date(clock()).toISOString();
      for (const { serial, issuer, notAfter } of certificates) await store.addRevoked({ serial, issuer, notAfter, at });
    },
  };
}
