import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Pace } from "../pace.ts";
import { CopiedFolder, WrongBytes } from "./copied-folder.ts";
import type { Other } from "./others.ts";

const place = mkdtempSync(join(tmpdir(), "fleetlog-copied-"));
afterAll(() => rmSync(place, { recursive: true }));

const bytes = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
const sha256 = createHash("sha256").update(bytes).digest("hex");
const part = { firstSeq: 1, lastSeq: 9, newest: 0, repeats: [], sha256, bytes: bytes.length };
const { signal } = new AbortController();
let folders = 0;
const opened = () => new CopiedFolder(join(place, String(++folders)), new Pace(1024 ** 3));

/** Sends ten bytes at a time, and fails at an offset. */
function source(sent: number[], { cut, of = bytes }: { readonly cut?: number; readonly of?: Buffer } = {}): Other {
  return {
    id: "h1",
    async *list() {},
    async read({ offset }) {
      if (offset === cut) throw new Error("the connection is lost");
      sent.push(offset);
      return of.subarray(offset, offset + 10);
    },
  };
}

it("a cut copy is resumed, also from another historian", async () => {
  const folder = opened();
  const sent: number[] = [];
  await expect(folder.copy(source(sent, { cut: 30 }), part, signal)).rejects.toThrow("the connection is lost");
  await folder.keepOnly([sha256]);
  await expect(folder.copy(source(sent, { cut: 70 }), part, signal)).rejects.toThrow("the connection is lost");
  const name = await folder.copy(source(sent), part, signal);
  expect(readFileSync(folder.of(name))).toEqual(bytes);
  expect(sent).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  await folder.keepOnly([]);
  expect(readdirSync(folder.of("."))).toEqual([]);
});

it.each([
  ["other bytes", Buffer.alloc(100, 7)],
  ["fewer bytes", bytes.subarray(0, 95)],
  ["more bytes", Buffer.alloc(1_000)],
])("a copy with %s is refused, and the next copy starts from the beginning", async (_, of) => {
  const folder = opened();
  const sent: number[] = [];
  await expect(folder.copy(source(sent, { of }), part, signal)).rejects.toThrow(WrongBytes);
  expect(sent.length).toBeLessThanOrEqual(11);
  expect(readdirSync(folder.of("."))).toEqual([]);
  await folder.copy(source(sent), part, signal);
  expect(readFileSync(folder.of(sha256))).toEqual(bytes);
});

it("a copy ends with its signal", async () => {
  const folder = opened();
  const ended = AbortSignal.abort(new Error("the historian ends"));
  await expect(folder.copy(source([]), part, ended)).rejects.toThrow("the historian ends");
});
