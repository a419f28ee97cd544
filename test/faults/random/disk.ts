import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SIZE = "4g";

/**
 * Mounts a file system in memory as the temporary folder, so that filling it does no harm to the machine. Resolves with
 * undefined if mounting is not allowed.
 */
export async function mountDisk(): Promise<{ path: string; unmount(): Promise<void> } | undefined> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const before = tmpdir();
  const path = await mkdtemp(join(before, "fleetlog-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=700`, "tmpfs", path]);
  } catch {
    await rm(path, { recursive: true });
    return undefined;
  }
  process.env.TMPDIR = path;
  // This runs before the listeners that remove the folder above the mount. It is lazy (-l), because processes still use
  // the files.
  const detach = () => void spawnSync("umount", ["-l", path]);
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.prependListener(signal, detach);
  process.prependListener("disconnect", detach);
  return {
    path,
    async unmount() {
      process.env.TMPDIR = before;
      await run("umount", [path]);
      await rm(path, { recursive: true });
    },
  };
}
