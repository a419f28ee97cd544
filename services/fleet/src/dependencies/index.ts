export { AccountDirectory } from "./account-directory.ts";
export type { ArtifactLimits, ArtifactStore, DeclaredDigests } from "./artifacts/artifact-store.ts";
export { type DownloadGrant, SignedLinks } from "./artifacts/links.ts";
export { PendingObjects } from "./artifacts/pending-objects.ts";
export { CommandTail, type CommandWait } from "./command-tail.ts";
export type { Fleet } from "./fleet.ts";
export { ImportStore } from "./imports/store.ts";
export type { Provisioner } from "./provisioner.ts";
export { TypeCommands } from "./type-commands.ts";
