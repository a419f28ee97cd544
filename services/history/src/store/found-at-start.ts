import { fingerprint, type Projection } from "@fleetlog/projections/folding";
import type { Folder } from "./folder.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { type SetAsideOptions, setAside } from "./set-aside.ts";
import { isLost } from "./unreadable.ts";
import { isUsable, stateOf } from "./usable.ts";

export interface FoundAtStart {
  readonly manifest: Manifest;
  /** Whether the fold can go on from the files. */
  readonly isWhole: boolean;
}

/**
 * What a store finds in its folder. `lost`: the disk has lost one of the files, and they were set aside.
 * @throws UnreadableFile for files that can't be read for another reason, and the system's error for the manifest
 */
export async function foundAtStart(
  folder: Folder,
  { projections, ...options }: SetAsideOptions & { readonly projections: readonly Projection[] },
): Promise<FoundAtStart | "lost"> {
  try {
    const manifest = readManifest(folder, fingerprint(projections), projections);
    return { manifest, isWhole: await isUsable(folder, manifest, projections) };
  } catch (error) {
    if (!isLost(error)) throw error;
    // Segments can be read without the fold's state, which is made again from the log.
    await setAside(options, error, stateOf(projections));
    return "lost";
  }
}
