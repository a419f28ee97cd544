import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SqlParts } from "./answer.ts";

const KIB = 1_024;

it("the first part of an answer's rows is sent at once, and the others at a limited pace", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-answer-"));
  try {
    const path = join(folder, "answer");
    writeFileSync(path, "x".repeat(300 * KIB));
    const released: string[] = [];
    const head = { columns: [], rows: 1, truncated: false };
    const run = async () => ({ head, path, release: () => void released.push(path) });
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
