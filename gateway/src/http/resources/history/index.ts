import type { HttpResource } from "../resource.ts";
import { pastFleet } from "./as-of/index.ts";

/** A folder for each subject. */
export const history: readonly HttpResource[] = [pastFleet];
