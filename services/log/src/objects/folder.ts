import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { FleetError } from "@fleetlog/domain";
import { type Digests, Hasher } from "./digests.ts";
import { type ByteRange, checkId, type ObjectStore, objectNotFound, storageFull } from "./object-store.ts";

export interface FolderObjectsOptions {
  /** All nodes must share this folder, for example on a shared file system. */
  readonly folder: string;
  readonly maxBytes: number;
}

const READ_BYTES = 128 * 1024;

/** Each file is in `writing` until it is on disk, then in `objects`. */
export class FolderObjects implements ObjectStore {
  readonly #writing: string;
  readonly #objects: string;
  readonly #maxBytes: number;

  constructor({ folder, maxBytes }: FolderObjectsOptions) {
    this.#writing = join(folder, "writing");
    this.#objects = join(folder, "objects");
    this.#maxBytes = maxBytes;
  }

  async write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<Digests> {
    const part = join(this.#writing, checkId(id));
    try {
      for (const folder of [this.#writing, this.#objects]) await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await open(part, "wx", 0o600);
      const hasher = new Hasher();
      try {
        let free = this.#maxBytes - (await this.#used());
        for await (const given of bytes) {
          free -= given.length;
          if (free < 0) throw storageFull();
          hasher.update(given);
          await file.writeFile(given);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, join(this.#objects, id));
      await syncFolder(this.#objects);
      return hasher.digests();
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      throw fromSystem(error);
    }
  }

  async *read(id: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    if (range !== undefined && range.start >= range.end) return;
    const options = { highWaterMark: READ_BYTES, ...(range && { start: range.start, end: range.end - 1 }) };
    try {
      yield* createReadStream(join(this.#objects, checkId(id)), options);
    } catch (error) {
      throw codeOf(error) === "ENOENT" ? objectNotFound(id) : fromSystem(error);
    }
  }

  async remove(id: string): Promise<void> {
    try {
      for (const folder of [this.#objects, this.#writing]) await rm(join(folder, checkId(id)), { force: true });
    } catch (error) {
      throw fromSystem(error);
    }
  }

  async close(): Promise<void> {}

  async #used(): Promise<number> {
    let bytes = 0;
    for (const folder of [this.#objects, this.#writing])
      for (const name of await readdir(folder)) {
        // Another node may rename or remove the file meanwhile.
        const found = await stat(join(folder, name)).catch(() => undefined);
        bytes += found?.size ?? 0;
      }
    return bytes;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

function fromSystem(error: unknown): unknown {
  const { syscall } = error as NodeJS.ErrnoException;
  if (
    error instanceof FleetError ||
    syscall === undefined ||
    !["open", "write", "fsync", "rename", "mkdir", "unlink", "read", "scandir", "stat"].includes(syscall)
  )
    return error;
  if (FULL.has(codeOf(error) ?? "")) return storageFull({ cause: error });
  return new FleetError("log-unavailable", `the folder of the artifacts can't be used: ${(error as Error).message}`, {
    cause: error,
  });
}
