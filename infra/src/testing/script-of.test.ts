import { createRequire } from "node:module";
import { Script } from "node:vm";
import { expect, it } from "vitest";
import { scriptOf } from "./script-of.ts";

const require = createRequire(import.meta.url);
const run = (module: string): Promise<void> => new Script(scriptOf(module)).runInThisContext()(require);

it("makes an async function of a module: its imports are required, and its exports are left out", async () => {
  await run(`import "node:dns";
import path, { join as joined, sep } from "node:path";
import * as os$1 from "node:os";
import $fs, * as fs from "node:fs";
const wanted = await Promise.resolve(joined("a", "b") === path.join("a", "b") && sep === path.sep);
if (!wanted || os$1.EOL === undefined || $fs.readFileSync !== fs.readFileSync) throw new Error("not imported");
if (this !== undefined) throw new Error("not strict");
export { wanted as t };`);
});

it("makes a function that fails with the error of the module", async () => {
  await expect(run(`await Promise.reject(new Error("cannot start"));`)).rejects.toThrow("cannot start");
});

it("writes other characters than ASCII as escape sequences, which mean the same", async () => {
  const module = `if ("é😀".length !== 3 || !/^[é😀]+$/u.test("é😀") || '…'.codePointAt(0) !== 0x2026) throw new Error("changed");`;
  const script = scriptOf(module);
  expect(script).not.toMatch(/[^\0-\x7f]/);
  await run(module);
});

it("refuses imports that a script cannot have", () => {
  expect(() => scriptOf('import { default as path } from "node:path";')).toThrow("{ default as path }");
});
