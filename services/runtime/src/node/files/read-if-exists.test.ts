import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { bytesIfExists, jsonIfWhole, textIfExists } from "./read-if-exists.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fleetlog-files-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it("a file is read, and a missing one is none", () => {
  const path = join(folder(), "a");
  for (const read of [bytesIfExists, textIfExists, jsonIfWhole]) {
    expect(read(path)).toBeUndefined();
    expect(read(join(path, "in-no-folder"))).toBeUndefined();
  }
  writeFileSync(path, "[1]");
  expect([bytesIfExists(path), textIfExists(path), jsonIfWhole(path)]).toEqual([Buffer.from("[1]"), "[1]", [1]]);
  for (const read of [bytesIfExists, textIfExists, jsonIfWhole])
    expect(read(join(path, "in-no-folder"))).toBeUndefined();
  writeFileSync(path, "[1");
  expect(jsonIfWhole(path)).toBeUndefined();
});

// Reading this file fails as that of a file on a faulty disk.
it.runIf(process.platform === "linux")("an error of the disk names the file", () => {
  const path = join(folder(), "faulty");
  symlinkSync("/proc/self/mem", path);
  for (const read of [bytesIfExists, textIfExists, jsonIfWhole])
    expect(() => read(path)).toThrow(`EIO: i/o error, read '${path}'`);
});

it("a file that is there but can't be read is an error", () => {
  const path = join(folder(), "loop");
  symlinkSync("loop", path);
  for (const read of [bytesIfExists, textIfExists, jsonIfWhole]) expect(() => read(path)).toThrow("ELOOP");
});
