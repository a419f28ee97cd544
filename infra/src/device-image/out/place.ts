import type { Entry } from "../files.ts";

/** Where a preparation is written to: a folder, or the boot partition in an image file. */
export interface Place {
  /** As a person names it. */
  readonly name: string;
  /** The text of a file; undefined if there is none. */
  read(path: string): Promise<string | undefined>;
  /** Writes files and links in their order, and puts them on disk. */
  write(entries: readonly Entry[]): Promise<void>;
}
