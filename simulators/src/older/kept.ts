import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** The file's value. Where there is none, `make` makes one, which is kept for the next start, for this user only. */
export async function kept<Value extends object>(file: string, make: () => Value | Promise<Value>): Promise<Value> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as Value;
  const value = await make();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(value), { mode: 0o600 });
  return value;
}
