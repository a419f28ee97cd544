import type { Part } from "./manifest.ts";

/** The archive's content at one moment. Its files and its table stay until `release` is called. */
export interface ArchiveSnapshot {
  readonly parts: readonly Part[];
  readonly files: readonly string[];
  /** Parts whose files are missing or damaged, in the order of sequences. */
  readonly missing: readonly Part[];
  /** A table with the events after the parts; undefined if there are none. */
  readonly table: string | undefined;
  /** Sequence up to which the stream was read. */
  readonly seq: number;
  /** Sequences of events whose id an earlier event has. */
  readonly repeats: readonly number[];
  release(): void;
}
