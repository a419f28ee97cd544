import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Seed } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import { bytesIfExists } from "@fleetlog/runtime/node";
import Type, { type Static } from "typebox";
import { isLost } from "../../store/unreadable.ts";

/** Files of another version are not read. */
const VERSION = 3;

const Header = Type.Object({
  version: Type.Literal(VERSION),
  seq: Type.Integer(),
  /** The id of the event `seq`, to recognise another log. */
  id: Type.String(),
  seed: Type.Tuple([Type.Integer(), Type.Integer()]),
  categories: Type.Record(Type.String(), Type.Integer()),
  idSeed: Type.Tuple([Type.Integer(), Type.Integer()]),
  /** Bytes of the ids, which come before the table. */
  idBytes: Type.Integer({ minimum: 0 }),
  /** Number of the checksums, which come before the table, too. */
  pages: Type.Integer({ minimum: 0 }),
  /** Checksum of everything after this line. */
  sum: Type.Integer(),
});
const checkHeader = checker(Header);

export interface Snapshot {
  readonly seq: number;
  readonly id: string;
  readonly seed: Seed;
  readonly categories: Static<typeof Header>["categories"];
  readonly table: Uint32Array;
  readonly idSeed: Seed;
  /** As `KnownIds.takeAll` returns them. */
  readonly ids: Uint8Array;
  /** Checksums of the pages of ordinals. */
  readonly sums: Uint32Array;
}

/** Replaces the file atomically: a crash leaves the old one or the new one. */
export function writeSnapshot(path: string, { table, ids, sums, ...header }: Snapshot): void {
  const beside = `${path}.new`;
  const fd = openSync(beside, "w", 0o600);
  try {
    const parts = [ids, bytesOf(sums), bytesOf(table)];
    const sum = parts.reduce((before, part) => crc32(part, before), 0);
    const sizes = { idBytes: ids.length, pages: sums.length };
    writeSync(fd, `${JSON.stringify({ version: VERSION, ...header, ...sizes, sum })}\n`);
    for (const part of parts) writeSync(fd, part);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(beside, path);
}

/** Undefined if there is no usable snapshot. @throws the system's error if there is one that can't be read now */
export function readSnapshot(path: string): Snapshot | undefined {
  const bytes = bytesUnlessLost(path);
  if (bytes === undefined) return undefined;
  try {
    const end = bytes.indexOf(10);
    const checked = checkHeader(JSON.parse(bytes.toString("utf8", 0, end)));
    if (!checked.ok) return undefined;
    const { seq, id, seed, categories, idSeed, idBytes, pages, sum } = checked.value;
    const rest = bytes.subarray(end + 1);
    if (crc32(rest) !== sum) return undefined;
    const ids = new Uint8Array(rest.subarray(0, idBytes));
    const sums = wordsOf(rest.subarray(idBytes, idBytes + pages * Uint32Array.BYTES_PER_ELEMENT));
    const table = wordsOf(rest.subarray(idBytes + sums.byteLength));
    if (table.length % 3 !== 0 || !Number.isInteger(Math.log2(table.length / 3))) return undefined;
    return { seq, id, seed, categories, table, idSeed, ids, sums };
  } catch {
    return undefined;
  }
}

/** Undefined also if the disk has lost a part of the file: the log is counted again. */
function bytesUnlessLost(path: string): Buffer | undefined {
  try {
    return bytesIfExists(path);
  } catch (error) {
    if (isLost(error)) return undefined;
    throw error;
  }
}

export function removeSnapshot(path: string): void {
  rmSync(path, { force: true });
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer);
}
