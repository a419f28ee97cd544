import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import type { Seed } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

/** Files of another version are not read. */
const VERSION = 2;

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
}

/** Replaces the file atomically: a crash leaves the old one or the new one. */
export function writeSnapshot(path: string, { table, ids, ...header }: Snapshot): void {
  const beside = `${path}.new`;
  const fd = openSync(beside, "w", 0o600);
  try {
    writeSync(fd, `${JSON.stringify({ version: VERSION, ...header, idBytes: ids.length })}\n`);
    writeSync(fd, ids);
    writeSync(fd, new Uint8Array(table.buffer, table.byteOffset, table.byteLength));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(beside, path);
}

/** Undefined if there is no usable snapshot. */
export function readSnapshot(path: string): Snapshot | undefined {
  try {
    const bytes = readFileSync(path);
    const end = bytes.indexOf(10);
    const checked = checkHeader(JSON.parse(bytes.toString("utf8", 0, end)));
    if (!checked.ok) return undefined;
    const { seq, id, seed, categories, idSeed, idBytes } = checked.value;
    const ids = new Uint8Array(bytes.subarray(end + 1, end + 1 + idBytes));
    const table = new Uint32Array(new Uint8Array(bytes.subarray(end + 1 + idBytes)).buffer);
    if (ids.length !== idBytes || table.length % 3 !== 0 || !Number.isInteger(Math.log2(table.length / 3)))
      return undefined;
    return { seq, id, seed, categories, table, idSeed, ids };
  } catch {
    return undefined;
  }
}

export function removeSnapshot(path: string): void {
  rmSync(path, { force: true });
}
