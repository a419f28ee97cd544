import type { Entry } from "../files.ts";

/** A folder, or the boot partition in an image file. */
export interface Place {
  readonly name: string;
  read(path: string): Promise<string | undefined>;
  /** Writes in the given order, and syncs to disk. */
  write(entries: readonly Entry[]): Promise<void>;
}
