import type { StreamName } from "@fleetlog/domain";
import type { DuckOptions } from "../duck.ts";
import type { TailStart } from "../growing-tail.ts";
import type { Segment } from "../manifest.ts";
import type { Packet } from "./packet.ts";

export interface ThreadData {
  readonly directory: string;
  readonly stream: StreamName;
  /** Names of the projections. */
  readonly projections: readonly string[];
  readonly duck: DuckOptions;
}

/** Tasks for the thread, which does one after another. */
export type ThreadTask =
  | { readonly begin: TailStart }
  /** Rows for the tail that was begun last. */
  | { readonly rows: Packet }
  /** Writes the tail that was begun last, while further tasks are done. */
  | { readonly segment: { readonly number: number; readonly firstSeq: number; readonly lastSeq: number } }
  | { readonly end: true };

/** Identities of files by name, as `Folder` knows them. */
export type Identities = ReadonlyMap<string, string>;

export type ThreadReport =
  /** Characters of a packet whose rows are in tables, and the bytes of the tail with them. */
  | { readonly taken: number; readonly bytes: number }
  /** The thread is about to change the folder. */
  | { readonly step: string }
  | { readonly segment: Segment; readonly identities: Identities }
  /** The thread does nothing any more. */
  | { readonly failure: string };
