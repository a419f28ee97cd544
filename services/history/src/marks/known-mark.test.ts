import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { KnownMarkFile, NO_KNOWN_MARK } from "./known-mark.ts";

function pathForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-mark-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "mark.json");
}

it("the newest mark is kept; without a whole file there is none", () => {
  const path = pathForTest();
  const file = new KnownMarkFile(path);
  expect(file.read()).toEqual(NO_KNOWN_MARK);
  file.write({ number: 4, hash: "abc" });
  expect(file.read()).toEqual({ number: 4, hash: "abc" });
  for (const text of ['{"number":', "null", '{"number":"4","hash":"abc"}']) {
    writeFileSync(path, text);
    expect(file.read()).toEqual(NO_KNOWN_MARK);
  }
});

it("a file that can't be read now is an error: without it, a deleted mark would not be noticed", () => {
  const path = pathForTest();
  symlinkSync("mark.json", path);
  expect(() => new KnownMarkFile(path).read()).toThrow("ELOOP");
});
