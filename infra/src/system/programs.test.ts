import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findChromium } from "./programs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-programs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(name: string, exitCode: number): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nexit ${exitCode}\n`, { mode: 0o755 });
  return path;
}

it("finds the headless shell before a whole browser", () => {
  const chromium = install("chromium", 0);
  expect(findChromium(folder)).toBe(chromium);
  const shell = install("chromium-headless-shell", 0);
  expect(findChromium(folder)).toBe(shell);
});

it("leaves out a Chromium that does not run", () => {
  install("chromium-headless-shell", 1);
  install("chromium-browser", 1);
  const chrome = install("google-chrome", 0);
  expect(findChromium(folder)).toBe(chrome);
});
