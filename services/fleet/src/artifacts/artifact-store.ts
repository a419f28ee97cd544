import type { Digests, ObjectStore } from "@fleetlog/log";
import type { SignedLinks } from "./links.ts";
import type { PendingObjects } from "./pending-objects.ts";

export interface ArtifactStore {
  readonly objects: ObjectStore;
  readonly pending: PendingObjects;
  readonly links: SignedLinks;
  readonly limits: ArtifactLimits;
}

export interface ArtifactLimits {
  /** Of one version. */
  readonly maxBytes: number;
  /** Of all versions of one account. */
  readonly accountBytes: number;
}

/** Hashes that the uploader declared, hexadecimal. */
export type DeclaredDigests = Partial<Omit<Digests, "size">>;
