import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Python source that defines `new_client(**options)`, for programs that are given with `-c`. */
export const PAHO_CLIENT = readFileSync(join(import.meta.dirname, "paho_client.py"), "utf8");
