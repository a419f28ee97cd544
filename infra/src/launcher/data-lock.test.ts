import { lstatSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { lockData } from "./data-lock.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fleetlog-lock-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it("a lock that can't be read may be another launcher's, so it stays", async () => {
  const dataDir = folder();
  symlinkSync("launcher.json", join(dataDir, "launcher.json"));
  await expect(lockData(dataDir, () => {})).rejects.toThrow("launcher.json");
  expect(lstatSync(join(dataDir, "launcher.json")).isSymbolicLink()).toBe(true);
});

it("a lock that was cut short is replaced", async () => {
  const dataDir = folder();
  writeFileSync(join(dataDir, "launcher.json"), '{"host":');
  (await lockData(dataDir, () => {})).release();
});
