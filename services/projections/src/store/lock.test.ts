import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { lockFolder } from "./lock.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fleetlog-lock-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it("a folder has one user at a time", () => {
  const directory = folder();
  const lock = lockFolder(directory);
  expect(() => lockFolder(directory)).toThrow("another projector works in");
  lock.close();
  lockFolder(directory, "historian").close();
});

it("a damaged lock file is not reported as another user of the folder", () => {
  const directory = folder();
  writeFileSync(join(directory, "lock.sqlite"), "not a database ".repeat(100));
  expect(() => lockFolder(directory)).toThrow(`${join(directory, "lock.sqlite")}: file is not a database`);
});

it("a lock file that can't be opened is named", () => {
  const directory = folder();
  mkdirSync(join(directory, "lock.sqlite"));
  expect(() => lockFolder(directory)).toThrow(`${join(directory, "lock.sqlite")}: unable to open database file`);
});
