import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { accessFile, type NatsAccess } from "@fleetlog/log";
import type { Passwords } from "../nats-server/users.ts";

/**
 * Writes address and passwords of the launcher's nats-server, for operators' tools and processes started by hand.
 *
 * Only this user can read the file.
 */
export async function writeAccess(
  dataDir: string,
  { launcher: _, ...passwords }: Passwords,
  server: Pick<NatsAccess, "url" | "sync">,
): Promise<void> {
  const file = accessFile(dataDir);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // A rename replaces the whole file at once, with its mode.
  await writeFile(`${file}.new`, `${JSON.stringify({ ...server, passwords })}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
