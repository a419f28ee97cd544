import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The first administrator's token. */
export interface AdminToken {
  readonly token: string;
  /** The file that stores the token; absent for a token from the settings. */
  readonly file?: string;
}

/** Returns the token of the settings, else that of an earlier start, else a new token that only this user can read. */
export async function adminToken(dataDir: string, given: string | undefined): Promise<AdminToken> {
  if (given !== undefined) return { token: given };
  const file = join(dataDir, "admin-token");
  const kept = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (kept.trim() !== "") return { token: kept.trim(), file };
  const token = randomBytes(24).toString("base64url");
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return { token, file };
}
