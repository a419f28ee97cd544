import { open } from "node:fs/promises";
import { FleetError } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import { Turns, type TurnsOptions } from "../../requests/turns.ts";
import type { Part } from "../manifest.ts";
import type { ArchiveSnapshot } from "../snapshot.ts";
import {
  CHUNK_BYTES,
  type Chunk,
  checkListRequest,
  checkReadRequest,
  type ListRequest,
  listSubject,
  type OfferedPart,
  type PartPage,
  type ReadRequest,
  readSubject,
} from "./messages.ts";

export interface CopyAnswersOptions {
  readonly bus: Bus;
  /** This historian's name as a token of subjects. */
  readonly historian: string;
  readonly archive: { take(): ArchiveSnapshot };
  readonly idleMs?: number;
}

interface Held {
  readonly path: string;
  readonly release: () => void;
  timeout: NodeJS.Timeout;
}

const TURNS: TurnsOptions = { running: 2, waiting: 64, waitMs: 4_000 };
const PARTS = 100;
/** Maximum characters of the repeats in one page of the list. A single part may have more, at most some 800,000. */
const LIST_CHARS = 128 * 1_024;
/** Maximum number of files that stay for other historians, also after newer files have replaced them. */
const HELD = 8;
const IDLE_MS = 60_000;

/** Lets other historians copy parts of this archive, until the returned function is called. */
export function answerCopies({ bus, historian, archive, idleMs = IDLE_MS }: CopyAnswersOptions): () => void {
  const turns = new Turns(TURNS);
  const held = new HeldFiles(archive, idleMs);
  const subscriptions = [
    bus.respond(listSubject(historian), historian, (data) => {
      const request = checkListRequest(data);
      return listed(archive, request);
    }),
    bus.respond(readSubject(historian), historian, (data) => {
      const request = checkReadRequest(data);
      return turns.run(() => held.read(request));
    }),
  ];
  return () => {
    for (const subscription of subscriptions) subscription.stop();
    held.close();
  };
}

function listed(archive: { take(): ArchiveSnapshot }, { from, to }: ListRequest): PartPage {
  const { parts: all, release } = archive.take();
  release();
  const wanted = all.filter(({ firstSeq, lastSeq }) => firstSeq <= to && lastSeq >= from).reverse();
  const parts: OfferedPart[] = [];
  let chars = 0;
  for (const { firstSeq, lastSeq, newest, repeats, file } of wanted) {
    chars += repeats.length * 12;
    if (parts.length > 0 && (parts.length === PARTS || chars > LIST_CHARS)) break;
    parts.push({ firstSeq, lastSeq, newest, repeats: [...repeats], sha256: file.sha256, bytes: file.bytes });
  }
  return { parts, more: parts.length < wanted.length };
}

/** Keeps the files that other historians read last. */
class HeldFiles {
  readonly #archive: { take(): ArchiveSnapshot };
  readonly #idleMs: number;
  readonly #held = new Map<string, Held>();

  constructor(archive: { take(): ArchiveSnapshot }, idleMs: number) {
    this.#archive = archive;
    this.#idleMs = idleMs;
  }

  /** @throws FleetError `not-found` if the archive does not have the file any more */
  async read({ sha256, offset }: ReadRequest): Promise<Chunk> {
    const file = await open(this.#path(sha256), "r").catch(() => {
      throw gone();
    });
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
      return { base64: buffer.toString("base64", 0, bytesRead) };
    } finally {
      await file.close();
    }
  }

  close(): void {
    for (const sha256 of [...this.#held.keys()]) this.#drop(sha256);
  }

  #path(sha256: string): string {
    const before = this.#held.get(sha256);
    if (before !== undefined) {
      clearTimeout(before.timeout);
      this.#held.delete(sha256);
      this.#held.set(sha256, { ...before, timeout: this.#expiry(sha256) });
      return before.path;
    }
    const { parts, files, release } = this.#archive.take();
    const path = files[parts.findIndex(({ file }: Part) => file.sha256 === sha256)];
    if (path === undefined) {
      release();
      throw gone();
    }
    const [oldest] = this.#held.keys();
    if (this.#held.size >= HELD && oldest !== undefined) this.#drop(oldest);
    this.#held.set(sha256, { path, release, timeout: this.#expiry(sha256) });
    return path;
  }

  #expiry(sha256: string): NodeJS.Timeout {
    return setTimeout(() => this.#drop(sha256), this.#idleMs).unref();
  }

  #drop(sha256: string): void {
    const held = this.#held.get(sha256);
    this.#held.delete(sha256);
    clearTimeout(held?.timeout);
    held?.release();
  }
}

function gone(): FleetError {
  return new FleetError("not-found", "the archive does not have this file any more");
}
