import type { Dialect } from "./dialect.ts";
import { edgebind } from "./edgebind/index.ts";
import { native } from "./native/index.ts";

/** A new dialect is a folder and a line here. */
export const DIALECTS: readonly Dialect[] = [native, edgebind];
