import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The first administrator's token. */
export interface AdminToken {
  readonly token: string;
  /** The file in which the token is stored; absent when the token came from the settings. */
  readonly file?: string;
}

/** The token from the settings; else the one that an earlier start stored; else a new one that only this user can read. */
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
