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

it("a file that is there but can't be read is an error", () => {
  const path = join(folder(), "loop");
  symlinkSync("loop", path);
  for (const read of [bytesIfExists, textIfExists, jsonIfWhole]) expect(() => read(path)).toThrow("ELOOP");
});
