import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { textIfExists } from "@fleetlog/runtime/node";

/**
 * Reads the value in the file. Without a file, `make` makes the value, and the file keeps it for the next start,
 * readable by this user only.
 */
export async function readOrMake<Value extends object>(
  file: string,
  make: () => Value | Promise<Value>,
): Promise<Value> {
  const text = textIfExists(file);
  if (text !== undefined) return JSON.parse(text) as Value;
  const value = await make();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(value), { mode: 0o600 });
  return value;
}
