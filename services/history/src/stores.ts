export { StoredAsOf } from "./as-of/stored-as-of.ts";
export { Differences } from "./diff/differences.ts";
export { Duck } from "./store/duck.ts";
export { HistoryStore } from "./store/history-store.ts";
