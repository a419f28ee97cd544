import type { Dialect } from "./dialect.ts";
import { edgebind } from "./edgebind/index.ts";
import { native } from "./native/index.ts";

/** All dialects. To add one, create its folder and add a line here. */
export const DIALECTS: readonly Dialect[] = [native, edgebind];
