import type { Logger } from "@fleetlog/log";
import {
  fingerprint,
  foldOnly,
  isDamage,
  isStoreError,
  type Projection,
  type StoreObserver,
  ViewStore,
} from "@fleetlog/projections/folding";
import type { Folder } from "./folder.ts";
import { filesOf, type Manifest, seqOf } from "./manifest.ts";
import { UnreadableFile } from "./unreadable.ts";

/** File of the rows as of the newest segment or an earlier one, from which the fold goes on. */
export function stateOf(projections: readonly Projection[]): string {
  return `fold-${fingerprint(projections)}.sqlite`;
}

/** Rows of the fold in memory. Those of 100,000 devices take 70 MB after a million events. */
const PACKED_BYTES = 112 * 1024 ** 2;

/** The fold's rows, as of the last commit. */
export function openState(
  { logger, projections }: { readonly logger: Logger; readonly projections: readonly Projection[] },
  folder: Folder,
  observer: StoreObserver,
): ViewStore {
  return new ViewStore({
    path: folder.of(stateOf(projections)),
    projections: projections.map(foldOnly),
    observer,
    packedBytes: PACKED_BYTES,
    onUnfoldable: (event, view, err) =>
      logger.error({ err, view, seq: event.seq }, "could not apply an event to a view's history; it is left out"),
  });
}

/**
 * Whether the fold can go on from the folder's files: all are whole, and its state is not ahead of the segments.
 *
 * @throws UnreadableFile if that can't be found out now: what is not usable is deleted
 */
export async function isUsable(
  folder: Folder,
  manifest: Manifest,
  projections: readonly Projection[],
): Promise<boolean> {
  const path = folder.of(stateOf(projections));
  try {
    const state = new ViewStore({ path, projections: projections.map(foldOnly) });
    const { checkpoint } = state.meta;
    state.close();
    // A state that is ahead of the segments would leave out the versions between them.
    if (checkpoint > seqOf(manifest)) return false;
  } catch (error) {
    if (isDamage(error)) return false;
    if (isStoreError(error)) throw unreadable(folder, path, error);
    throw error;
  }
  try {
    for (const file of filesOf(manifest)) if (!(await folder.isWhole(file))) return false;
    return true;
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw unreadable(folder, error.path, error.cause as Error);
  }
}

function unreadable(folder: Folder, path: string, cause: Error): UnreadableFile {
  const more = ` If the disk has lost the file, delete the folder ${folder.path}: the history is made again from the log.`;
  return new UnreadableFile(path, cause, more);
}
