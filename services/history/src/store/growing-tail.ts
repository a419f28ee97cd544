import type { RecordedEvent } from "@fleetlog/domain";
import type { Projection, ViewRow } from "@fleetlog/projections/folding";
import type { Cell } from "./duck.ts";
import type { Segment } from "./manifest.ts";
import type { StoreFiles } from "./store-files.ts";
import type { Newest } from "./stored-history.ts";

/** The first events and versions that a tail can have. */
export interface TailStart {
  /** The tail has the events after this sequence. */
  readonly after: number;
  readonly firstVersion: number;
}

/** A tail: the newest events and versions, until they become a segment. A restart reads its events from the log again. */
export interface GrowingTail extends TailStart {
  /** The version after its last one. */
  readonly nextVersion: number;
  /** Number of rows in all tables. */
  readonly size: number;
  /** Bytes of its rows in memory, without the rows that are still on their way into the tail. */
  readonly bytes: number;
  /** Its rows, for statements; undefined if statements can't read them before they are a segment. */
  readonly readable: (Newest & TailStart) | undefined;

  /** @param cells in the order of `eventColumns` */
  addEvent(event: Pick<RecordedEvent, "seq" | "time">, cells: readonly Cell[]): void;

  /** @param json the row */
  addVersion(projection: Projection, key: string, row: ViewRow, json: string): void;

  /** @param cells in the order of `changeColumns` */
  addChange(cells: readonly Cell[]): void;

  /** @throws the error of rows that could not be added: the tail may also lack other rows */
  check(): void;

  /** Resolves when few enough rows are on their way into the tail; undefined if that is so already. */
  relieved(): Promise<void> | undefined;

  /** Writes the segment's files. Call it after the last row was added. */
  write(files: StoreFiles, number: number, span: Pick<Segment, "firstSeq" | "lastSeq">): Promise<Segment>;

  /** Call when no statement reads the tail any more. */
  drop(): Promise<void>;
}
