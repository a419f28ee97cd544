export { type ArtifactName, subjectOfPrincipal } from "./artifact-id.ts";
export { type ArtifactUse, deleteArtifact } from "./delete.ts";
export { type Download, type DownloadDependencies, deviceDownload } from "./downloads.ts";
export { findArtifact, readArtifact } from "./find.ts";
export { mustStillRead } from "./still-read.ts";
export { type StoreRequest, type StoreResult, storeArtifact } from "./store.ts";
export { sweepArtifacts } from "./sweep.ts";
