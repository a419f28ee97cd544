import { chmod, copyFile, mkdir, open, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DeviceFile, DeviceLink } from "../files.ts";
import type { Place } from "./place.ts";

export function folderPlace(folder: string): Place {
  return {
    name: folder,
    read: (path) => readFile(join(folder, path), "utf8").catch(absent),
    async write(entries) {
      for (const entry of entries) {
        const path = join(folder, entry.path);
        await mkdir(dirname(path), { recursive: true });
        await ("link" in entry ? writeLink(path, entry) : writeFile_(path, entry));
      }
    },
  };
}

/** Writes the file under another name, and renames it once it is on disk. */
async function writeFile_(path: string, { content, mode }: DeviceFile): Promise<void> {
  const written = `${path}.new`;
  await rm(written, { force: true });
  if (typeof content === "object" && "copy" in content) await copyFile(content.copy, written);
  else await writeFile(written, content, { mode });
  // FAT has no permissions.
  await chmod(written, mode).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EPERM" && error.code !== "ENOTSUP") throw error;
  });
  await onDisk(written);
  await rename(written, path);
  await onDisk(dirname(path));
}

async function writeLink(path: string, { link }: DeviceLink): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === link) return;
  await rm(path, { force: true });
  await symlink(link, path);
  await onDisk(dirname(path));
}

async function onDisk(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}
