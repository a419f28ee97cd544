import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "../../system/programs.ts";
import { folderPlace } from "./folder.ts";
import { fatPartitions } from "./partitions.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);

/**
 * The boot partition in an image file: the first FAT file system that contains `marker`.
 *
 * mtools needs no mount, so nobody has to be root.
 *
 * @throws Error without such a partition, or without mtools
 */
export async function imageFile(image: string, marker: string): Promise<Place> {
  if (findProgram("mcopy") === undefined)
    throw new Error("writing into an image file needs mtools: sudo apt-get install mtools");
  for (const offset of await fatPartitions(image)) {
    const place = fatPlace(image, offset);
    if ((await place.read(marker)) !== undefined) return place;
  }
  throw new Error(
    `--out: ${image} has no boot partition with a file ${marker}; mount its root partition and give that folder instead`,
  );
}

function fatPlace(image: string, offset: number): Place {
  const drive = ["-i", `${image}@@${offset}`];
  // Without this, mtools refuses images of cards with an unusual geometry.
  const env = { ...process.env, MTOOLS_SKIP_CHECK: "1" };
  return {
    name: image,
    read: (path) =>
      run("mtype", [...drive, `::/${path}`], { env }).then(
        ({ stdout }) => stdout,
        () => undefined,
      ),
    async write(entries) {
      const folder = await mkdtemp(join(tmpdir(), "fleetlog-image-"));
      try {
        // One after the other: the last entry of the list must be written last.
        for (const [index, entry] of entries.entries()) {
          const part = join(folder, String(index));
          await folderPlace(part).write([entry]);
          const [top = ""] = await readdir(part);
          await run("mcopy", [...drive, "-s", "-o", "-Q", join(part, top), "::/"], { env });
          await rm(part, { recursive: true });
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
