import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { ExportFiles } from "./files.ts";

it.each([
  ["overwritten", (path: string) => writeFileSync(path, "other")],
  ["deleted", (path: string) => rmSync(path)],
])("a file that is %s after it was made is refused, and made again", async (_, change) => {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-exports-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = new ExportFiles(folder);
  let made = 0;
  const opened = async () => {
    const file = files.open("all", async (path) => {
      made += 1;
      writeFileSync(path, "events");
      return 1;
    });
    await file.made;
    return file;
  };
  const read = async (start: number) => {
    const file = await opened();
    try {
      const parts: Buffer[] = [];
      for await (const part of file.read(start)) parts.push(part);
      return Buffer.concat(parts).toString();
    } finally {
      file.release();
    }
  };
  expect([await read(0), await read(2), made]).toEqual(["events", "ents", 1]);
  change(join(folder, "1.parquet"));
  await expect(read(2)).rejects.toMatchObject({ code: "history-unavailable", advice: "Ask again." });
  expect([await read(2), made]).toEqual(["ents", 2]);
});

it("a file that is requested while older files are deleted stays", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-exports-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let now = 0;
  const files = new ExportFiles(folder, () => now);
  const opened = async (key: string) => {
    const file = files.open(key, async (path) => {
      writeFileSync(path, key);
      return 1;
    });
    await file.made;
    return file;
  };
  for (const key of ["first", "second"]) {
    const file = await opened(key);
    now += 1;
    file.release();
  }
  const third = await opened("third");
  now += 3_600_000;
  // Begins to delete the second file, and would delete the first one next.
  third.release();
  const first = await opened("first");
  await vi.waitFor(() => expect(existsSync(join(folder, "2.parquet"))).toBe(false));
  const parts: Buffer[] = [];
  for await (const part of first.read(0)) parts.push(part);
  expect(Buffer.concat(parts).toString()).toBe("first");
  expect(readdirSync(folder).sort()).toEqual(["1.parquet", "3.parquet"]);
});
