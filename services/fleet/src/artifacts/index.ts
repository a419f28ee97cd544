export { type ArtifactName, subjectOfPrincipal } from "./artifact-id.ts";
export type { ArtifactLimits, ArtifactStore, DeclaredDigests } from "./artifact-store.ts";
export { type ArtifactUse, deleteArtifact } from "./delete.ts";
export { findArtifact, readArtifact } from "./find.ts";
export { type DownloadGrant, SignedLinks } from "./links.ts";
export { PendingObjects } from "./pending-objects.ts";
export { mustStillRead } from "./still-read.ts";
export { type StoreRequest, type StoreResult, storeArtifact } from "./store.ts";
export { sweepArtifacts } from "./sweep.ts";
