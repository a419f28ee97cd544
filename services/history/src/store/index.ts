export { StoredAsOf } from "../as-of/stored-as-of.ts";
export { Differences } from "../diff/differences.ts";
export { Duck } from "./duck.ts";
export { HistoryStore } from "./history-store.ts";
