import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RotatingFile } from "./rotating-file.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-rotating-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("RotatingFile", () => {
  it("keeps the newest lines within its limit, complete and in order", async () => {
    const file = new RotatingFile(join(folder, "x.log"), { maxBytes: 20, kept: 2 });
    for (let line = 0; line < 50; line++) file.writeLine(`line ${line}`);
    file.close();
    expect((await readdir(folder)).sort()).toEqual(["x.log", "x.log.1", "x.log.2"]);
    const texts = await Promise.all(
      ["x.log.2", "x.log.1", "x.log"].map((name) => readFile(join(folder, name), "utf8")),
    );
    expect(texts.every((text) => text.length <= 20)).toBe(true);
    expect(texts.join("").trim().split("\n")).toEqual([
      "line 44",
      "line 45",
      "line 46",
      "line 47",
      "line 48",
      "line 49",
    ]);
  });

  it("appends to the file of an earlier start", async () => {
    for (const line of ["one", "two"]) {
      const file = new RotatingFile(join(folder, "x.log"));
      file.writeLine(line);
      file.close();
    }
    expect(await readFile(join(folder, "x.log"), "utf8")).toBe("one\ntwo\n");
  });

  it("accepts a line that is larger than the limit", async () => {
    const file = new RotatingFile(join(folder, "x.log"), { maxBytes: 10 });
    file.writeLine("x".repeat(30));
    file.writeLine("y");
    file.close();
    expect(await readFile(join(folder, "x.log"), "utf8")).toBe("y\n");
  });

  it.runIf(process.platform === "linux")("drops unwritable lines, reports that once, and does not throw", () => {
    const errors: (string | undefined)[] = [];
    // A device on which every write fails with ENOSPC.
    const file = new RotatingFile("/dev/full", { onWriteError: ({ code }) => errors.push(code) });
    for (let line = 0; line < 3; line++) file.writeLine("lost");
    expect(errors).toEqual(["ENOSPC"]);
    file.close();
  });

  it("writes the number of lost lines when it can write again", async () => {
    const path = join(folder, "logs", "gateway.log");
    const errors: unknown[] = [];
    const file = new RotatingFile(path, { maxBytes: 10, onWriteError: (error) => errors.push(error) });
    file.writeLine("123456789");
    // Rotation can't remove the oldest file: its name belongs to a folder that is not empty.
    await mkdir(`${path}.2`);
    await writeFile(join(`${path}.2`, "in the way"), "");
    file.writeLine("two");
    file.writeLine("three");
    expect(errors).toHaveLength(1);
    await rm(`${path}.2`, { recursive: true });
    file.writeLine("four");
    file.close();
    expect(await readFile(path, "utf8")).toBe("2 lines could not be written\nfour\n");
  });
});
