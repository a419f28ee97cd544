import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { UnchangedFiles } from "../store/unchanged.ts";
import { SqlParts } from "./answer.ts";

const KIB = 1_024;

it("the first part of an answer's rows is sent at once, and the others at a limited pace", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-answer-"));
  try {
    const path = join(folder, "answer");
    writeFileSync(path, "x".repeat(300 * KIB));
    const released: string[] = [];
    const head = { columns: [], rows: 1, truncated: false };
    const expectWhole = () => {};
    const run = async () => ({ head, path, expectWhole, release: () => void released.push(path) });
    const waits: { readonly bytes: number; readonly end: () => void }[] = [];
    const pace = { after: (bytes: number) => new Promise<void>((end) => waits.push({ bytes, end })) };
    const parts = new SqlParts("csv", run, pace);
    for (const expected of ["", "", `${JSON.stringify(head)}\n`]) expect((await parts.next()).value).toBe(expected);
    expect((await parts.next()).value).toHaveLength(128 * KIB);
    expect(waits).toEqual([]);

    const second = parts.next();
    await expect.poll(() => waits.length).toBe(1);
    expect(await Promise.race([second, Promise.resolve("waits")])).toBe("waits");
    waits[0]?.end();
    expect((await second).value).toHaveLength(128 * KIB);
    const third = parts.next();
    await expect.poll(() => waits.length).toBe(2);
    waits[1]?.end();
    expect((await third).value).toHaveLength(44 * KIB);
    expect(waits.map(({ bytes }) => bytes)).toEqual([128 * KIB, 128 * KIB]);

    expect(await parts.next()).toEqual({ done: true, value: undefined });
    expect(released).toEqual([path]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each([
  ["overwritten", (path: string) => writeFileSync(path, "y".repeat(300 * KIB))],
  ["cut", (path: string) => truncateSync(path, 128 * KIB)],
  ["deleted", (path: string) => rmSync(path)],
])("an answer ends with an error if its file is %s while it is read", async (_, change) => {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-answer-"));
  try {
    const path = join(folder, "answer");
    writeFileSync(path, "x".repeat(300 * KIB));
    const written = new UnchangedFiles([path]);
    let released = 0;
    const run = async () => ({
      head: { columns: [], rows: 1, truncated: false },
      path,
      expectWhole: () => written.expectUnchanged(),
      release: () => void released++,
    });
    const parts = new SqlParts("csv", run, { after: async () => {} });
    for (let i = 0; i < 4; i++) await parts.next();
    change(path);
    await expect(parts.next()).rejects.toMatchObject({ code: "history-unavailable", advice: "Ask again." });
    expect(released).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
