import type { StreamName } from "@fleetlog/domain";
import type { Logger } from "../../logger.ts";
import type { PendingAppend } from "./pending.ts";

/** What the pipeline of one stream needs from the appender. */
export interface PipelineHost {
  readonly logger: Logger;
  readonly up: boolean;
  /**
   * Whether waiting appends are sent as one atomic batch: the server syncs at every write, and can store a batch with one
   * sync.
   */
  readonly batches: boolean;
  readonly inbox: string;
  nextToken(pipeline: { readonly stream: StreamName }): number;
  nextBatchId(): string;
  write(bytes: Uint8Array): void;
  /** Sequences of appends that an earlier attempt has stored, by id. @throws if the stream can't be read to its end */
  findStored(appends: readonly PendingAppend[]): Promise<ReadonlyMap<string, number>>;
  /** Whether an earlier attempt of an append may still be stored, although a later one was refused. @throws as `findStored` */
  mayFollow(append: PendingAppend): Promise<boolean>;
  /** Whether the stream has space for an event of this size. @throws if the stream can't be reached */
  hasSpace(stream: StreamName, bytes: number): Promise<boolean>;
  updateStatus(): void;
  /** Called when an append has its outcome and leaves the window. */
  released(): void;
}

export interface PipelineTiming {
  readonly ackTimeoutMs: number;
  readonly pauseMs: readonly [first: number, longest: number];
  readonly fullPauseMs: number;
  /** After this time the server may have forgotten an id, so the log is searched before a retry. */
  readonly trustDuplicatesMs: number;
}
