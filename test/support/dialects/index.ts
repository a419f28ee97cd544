import type { DialectKind } from "./device.ts";
import { edgebind } from "./edgebind.ts";
import { kura } from "./kura.ts";
import { libpyiotcloud } from "./libpyiotcloud.ts";
import { tpedm } from "./tpedm.ts";

export type { DialectConnection, DialectDevice, DialectKind } from "./device.ts";
export { KeptDevice } from "./kept.ts";

/** The dialects whose devices the fault suites use: a line each. */
export const DIALECT_KINDS: readonly DialectKind[] = [edgebind, kura, libpyiotcloud, tpedm];
