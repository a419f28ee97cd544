import { registry } from "./registry.ts";
import { status } from "./status.ts";

/** A column that both tables have is read from `status`, whose indexes are smaller. */
export const DEVICES = { tables: [status, registry] };
