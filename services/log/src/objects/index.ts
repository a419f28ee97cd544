export { type Digests, digestsOf } from "./digests.ts";
export { FolderObjects, type FolderObjectsOptions } from "./folder.ts";
export { JetStreamObjects, type JetStreamObjectsOptions } from "./jetstream.ts";
export { MemoryObjects } from "./memory.ts";
export type { ByteRange, ObjectStore } from "./object-store.ts";
export type { ObjectStreamDeclaration } from "./stream.ts";
