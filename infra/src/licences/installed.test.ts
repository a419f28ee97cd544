import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { installedPackages } from "./installed.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-installed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("finds packages, scoped packages and nested packages, but no links and no hidden folders", () => {
  for (const each of ["a/node_modules/b", "@scope/c", ".bin", "@own", "d"])
    mkdirSync(join(folder, "node_modules", each), { recursive: true });
  symlinkSync(join(folder, "node_modules/d"), join(folder, "node_modules/@own/e"));
  const found = installedPackages(folder).map((path) => path.slice(folder.length + 1));
  expect(found.sort()).toEqual([
    "node_modules/@scope/c",
    "node_modules/a",
    "node_modules/a/node_modules/b",
    "node_modules/d",
  ]);
});
