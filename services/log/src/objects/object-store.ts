import { FleetError } from "@fleetlog/domain";
import type { Digests } from "./digests.ts";

/** Bytes from `start` up to, but without, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Large objects, written once and read in ranges. No call holds more than a few MiB of an object in memory: `write` takes
 * bytes no faster than they are stored, `read` fetches them no faster than they are taken.
 *
 * @throws FleetError `log-unavailable` from any call while the store can't be reached
 */
export interface ObjectStore {
  /**
   * Stores the bytes under a new id, and resolves with their size and hashes once they are on disk. If `bytes` throws, or
   * the store refuses them, nothing of the object remains. Only the end of the process, or of the connection to the
   * store, may leave a part of it, which {@link remove} then deletes.
   * @throws FleetError `storage-full`; errors of `bytes`
   */
  write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<Digests>;
  /** @throws FleetError `not-found`, also in the middle if the object is removed meanwhile */
  read(id: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Deletes the object, or what an interrupted `write` left of it; if there is nothing, does nothing. */
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Ids are used in subjects and file names. @throws RangeError */
export function checkId(id: string): string {
  if (ID.test(id)) return id;
  throw new RangeError(`${id} is not the id of an object`);
}

export function objectNotFound(id: string): FleetError {
  return new FleetError("not-found", `there is no object ${id}, or a part of it is missing`);
}

export function storageFull(cause?: unknown): FleetError {
  return new FleetError("storage-full", "there is no space for these bytes", {
    advice: "Delete versions that nothing uses, or raise FLEETLOG_ARTIFACTS_MAX_BYTES.",
    ...(cause !== undefined && { cause }),
  });
}
