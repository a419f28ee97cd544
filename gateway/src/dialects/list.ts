import type { Dialect } from "./dialect.ts";
import { edgebind } from "./edgebind/index.ts";
import { kura } from "./kura/index.ts";
import { libpyiotcloud } from "./libpyiotcloud/index.ts";
import { native } from "./native/index.ts";
import { tpedm } from "./tpedm/index.ts";

/** To add a dialect, create a folder and add a line here. */
export const DIALECTS: readonly Dialect[] = [native, libpyiotcloud, tpedm, edgebind, kura];
