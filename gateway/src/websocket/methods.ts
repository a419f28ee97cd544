import { METHODS } from "@fleetlog/protocol";

/** The rpc-websockets client's `listMethods()`: what any device may call. */
export const LIST_METHODS = "__listMethods";
export const METHOD_NAMES: readonly string[] = Object.values(METHODS);
