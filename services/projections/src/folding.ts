/** Folds and queries of the views, for another store of their rows. */
export { lastSeqOf, mismatchWith } from "./log-match.ts";
export { retryWhileAway } from "./log-retry.ts";
export { limitHeapGrowth } from "./memory.ts";
export { type Column, columnOf, type Projection, streamOfProjection, type ViewRow } from "./projection.ts";
export { Reader, type ReaderScope } from "./select/reader.ts";
export type { Rows } from "./select/relation.ts";
export { decodeSet, encodeSet, memberTable, SEPARATOR } from "./select/sets.ts";
export { SequenceWaits } from "./sequence-waits.ts";
export { isDamage } from "./store/errors.ts";
export { lockFolder } from "./store/lock.ts";
export { fingerprint, memberColumns } from "./store/schema.ts";
export { type StoreObserver, ViewStore } from "./store/store.ts";
export { scopeOfPast } from "./views/devices/within.ts";
export { VIEWS } from "./views/index.ts";
export { projectionsOf, type Query, streamOfView, type View } from "./views/view.ts";
