import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Pace } from "../pace.ts";
import type { OfferedPart } from "./messages.ts";
import type { Other } from "./others.ts";

/** Another historian sent other bytes than it has listed. */
export class WrongBytes extends Error {}

/**
 * Files that are copied from other historians, each named by its hash. An interrupted copy is resumed, also from
 * another historian.
 */
export class CopiedFolder {
  readonly #path: string;
  readonly #pace: Pace;

  constructor(path: string, pace: Pace) {
    this.#path = path;
    this.#pace = pace;
  }

  of(name: string): string {
    return join(this.#path, name);
  }

  /**
   * Copies the file of a part. The bytes copied so far stay after a failure.
   *
   * @throws WrongBytes for other bytes than were listed (the next copy then starts from the beginning); errors of the
   * request; the signal's reason
   */
  async copy(other: Other, { sha256, bytes }: OfferedPart, signal: AbortSignal): Promise<string> {
    await mkdir(this.#path, { recursive: true });
    const path = this.of(sha256);
    const file = await open(path, "a");
    try {
      let { size: offset } = await file.stat();
      while (offset < bytes) {
        signal.throwIfAborted();
        const chunk = await other.read({ sha256, offset });
        if (chunk.length === 0 || offset + chunk.length > bytes) break;
        await file.writeFile(chunk);
        offset += chunk.length;
        await this.#pace.after(chunk.length, signal);
      }
    } finally {
      await file.close();
    }
    if ((await stat(path)).size === bytes && (await hashOf(path)) === sha256) return sha256;
    await rm(path);
    throw new WrongBytes(`historian ${other.id} sent other bytes than those of the part's hash`);
  }

  /** Deletes the other files. */
  async keepOnly(names: readonly string[]): Promise<void> {
    for (const name of await readdir(this.#path).catch(() => [])) {
      if (!names.includes(name)) await rm(this.of(name), { recursive: true, force: true });
    }
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest("hex");
}
