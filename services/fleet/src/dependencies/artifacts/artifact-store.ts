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
  /** The maximum size of one version. */
  readonly maxBytes: number;
  /** The maximum size of all versions of one account together. */
  readonly accountBytes: number;
}

/** Hashes that the uploader declared, hexadecimal. */
export type DeclaredDigests = Partial<Omit<Digests, "size">>;
