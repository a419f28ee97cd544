import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { accessFile, type NatsAccess } from "@fleetlog/log";
import type { Passwords } from "../nats-server/users.ts";

/**
 * Writes the address of the launcher's nats-server and the passwords for it into a file that only this user can read,
 * for processes that are started by hand and for operators' tools.
 */
export async function writeAccess(
  dataDir: string,
  { launcher: _, ...passwords }: Passwords,
  server: Pick<NatsAccess, "url" | "sync">,
): Promise<void> {
  const file = accessFile(dataDir);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // After a rename, a reader finds either the old or the new contents, and an old file's mode does not matter.
  await writeFile(`${file}.new`, `${JSON.stringify({ ...server, passwords })}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
