import { FleetError } from "@fleetlog/domain";
import type { Digests } from "./digests.ts";

/** The bytes from `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Objects are written once and read in ranges, with a few MiB of memory.
 * @throws FleetError `log-unavailable` from any call while the store can't be reached
 */
export interface ObjectStore {
  /**
   * Resolves once the bytes are on disk. A failed write leaves nothing. If the process ends, a part may remain, which
   * {@link remove} deletes.
   * @throws FleetError `storage-full`; errors of `bytes`
   */
  write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<Digests>;
  /** @throws FleetError `not-found`, also in the middle if the object is removed meanwhile */
  read(id: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Deletes the object, or the rest of an interrupted `write`. */
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws RangeError */
export function checkId(id: string): string {
  if (ID.test(id)) return id;
  throw new RangeError(`${id} is not the id of an object`);
}

export function objectNotFound(id: string): FleetError {
  return new FleetError("not-found", `there is no object ${id}, or a part of it is missing`);
}

export function storageFull({
  message = "there is no space for these bytes",
  advice = "Delete versions that nothing uses, or raise FLEETLOG_ARTIFACTS_MAX_BYTES.",
  cause,
}: {
  readonly message?: string;
  readonly advice?: string;
  readonly cause?: unknown;
} = {}): FleetError {
  return new FleetError("storage-full", message, { advice, ...(cause !== undefined && { cause }) });
}
