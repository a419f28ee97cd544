import { registry } from "./registry.ts";
import { status } from "./status.ts";

/** Columns of both tables are read from `status`, whose indexes are smaller. */
export const DEVICES = { tables: [status, registry] };
