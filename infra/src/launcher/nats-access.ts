import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { accessFile, type NatsAccess } from "@fleetlog/log";
import type { Passwords } from "../nats-server/users.ts";

/**
 * Writes where the launcher's nats-server is and how to log in, for processes that are started by hand and for operators'
 * tools. Readable by this user only.
 */
export async function writeAccess(
  dataDir: string,
  { launcher: _, ...passwords }: Passwords,
  server: Pick<NatsAccess, "url" | "sync">,
): Promise<void> {
  const file = accessFile(dataDir);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Renamed, so that a process that reads it now finds the old or the new one, and an old file's mode does not matter.
  await writeFile(`${file}.new`, `${JSON.stringify({ ...server, passwords })}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
