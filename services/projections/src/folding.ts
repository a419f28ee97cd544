/** Folds and queries of the views, for a package that stores the rows in a database of its own. */
export { lastSeqOf, mismatchWith } from "./log-match.ts";
export { retryWhileAway } from "./log-retry.ts";
export { limitHeapGrowth } from "./memory.ts";
export {
  advance,
  type Column,
  columnOf,
  columnsByName,
  type Projection,
  streamOfProjection,
  type ViewRow,
} from "./projection.ts";
export type { NamedRows } from "./select/named-rows.ts";
export { Reader } from "./select/reader.ts";
export type { Rows, Statement } from "./select/relation.ts";
export type { ReaderScope } from "./select/scoped.ts";
export { decodeSet, encodeSet, memberTable, SEPARATOR } from "./select/sets.ts";
export { SequenceWaits } from "./sequence-waits.ts";
export { isDamage, isStoreError } from "./store/errors.ts";
export { foldOnly } from "./store/fold-only.ts";
export { lockFolder } from "./store/lock.ts";
export type { Meta } from "./store/meta.ts";
export { fingerprint, memberColumns } from "./store/schema.ts";
export { type StoreObserver, ViewStore } from "./store/store.ts";
export type { ConfigurationRow } from "./views/configuration/configurations.ts";
export { devicesOf, isDevice } from "./views/devices/matching.ts";
export type { RegistryRow } from "./views/devices/registry.ts";
export type { StatusRow } from "./views/devices/status.ts";
export { listedScope, scopeOfPast } from "./views/devices/within.ts";
export { FLEET_PROJECTIONS, VIEWS } from "./views/index.ts";
export { stateOf } from "./views/updates/state.ts";
export type { UpdatesRow } from "./views/updates/updates.ts";
export { projectionsOf, type Query, streamOfView, type View } from "./views/view.ts";
