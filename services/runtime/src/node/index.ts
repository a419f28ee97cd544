export { networkOf, plainAddress } from "./addresses.ts";
export { bytesIfExists, isNoFile, jsonIfWhole, textIfExists } from "./files/read-if-exists.ts";
export { beginLife, type Life, type LifeLogger, type LifeOptions } from "./life/life.ts";
export { atParentsEnd } from "./life/parents-end.ts";
export { type Logger, processLogger } from "./logging.ts";
export { LoopTurns } from "./loop-turns.ts";
export { type Machine, type Reachable, serverNames } from "./server-names.ts";
export * from "./settings/index.ts";
