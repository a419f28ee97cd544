import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { licensed, thirdParty } from "./licences.ts";
import { packageFolders } from "./third-party.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-licences-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(name: string, manifest: object, files: Readonly<Record<string, string>> = {}): string {
  const path = join(folder, "node_modules", name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify(manifest));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

it("the build reads every licence and notice of a package", () => {
  const manifest = { name: "a", version: "1.2.3", license: "Apache-2.0" };
  const path = install("a", manifest, { "LICENSE.md": "the licence\n", NOTICE: "a notice", "readme.md": "no licence" });
  expect(licensed(path)).toEqual({
    ...manifest,
    license: undefined,
    licence: "Apache-2.0",
    texts: ["the licence", "a notice"],
  });
});

it("the build states the declared licence if there is no licence file, and refuses a package without either", () => {
  const path = install("a", { name: "a", version: "1.0.0", license: "MIT", author: { name: "A. Uthor" } });
  expect(licensed(path).texts).toEqual([expect.stringMatching(/declares MIT.*A\. Uthor/)]);
  expect(() => licensed(install("b", { name: "b", version: "2.0.0" }))).toThrow("b 2.0.0 has no licence");
});

it("the build lists each package once, sorted by name, with its texts", () => {
  const one = { name: "b", version: "1.0.0", licence: "MIT", texts: ["text of b"] };
  const other = { name: "a", version: "1.0.0", licence: "ISC", texts: ["text of a", "notice of a"] };
  const text = thirdParty("The pages contain", [one, other, one]);
  expect(text).toMatch(/^The pages contain.*\n\na 1\.0\.0 \(ISC\)\nb 1\.0\.0 \(MIT\)\n\n---/);
  expect(text.split("-".repeat(80))).toHaveLength(3);
  for (const each of ["text of a", "notice of a", "text of b"]) expect(text).toContain(each);
});

it("the build finds the package of each file in any subfolder, and no package for Fleetlog's own files", () => {
  const nested = install("@scope/a", { name: "@scope/a" });
  mkdirSync(join(nested, "dist"));
  writeFileSync(join(nested, "dist/package.json"), JSON.stringify({ type: "module" }));
  const files = [join(nested, "dist/index.js"), join(nested, "font.woff2"), "\0virtual/node_modules/x", "/src/main.ts"];
  expect(packageFolders(files)).toEqual([nested]);
});
