import { registry } from "./registry.ts";
import { status } from "./status.ts";

/** Columns that both tables have are read from the first: the indexes of `status` are smaller. */
export const DEVICES = { tables: [status, registry] };
