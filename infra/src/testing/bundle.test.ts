import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root } from "../system/root.ts";
import { bundle } from "./bundle.ts";
import { bundleOf } from "./bundle-of.ts";

const PLACE = "infra/src/fixtures/bundled";
const [program, thread, flags] = [`${PLACE}/program.ts`, `${PLACE}/thread.ts`, `${PLACE}/flags.ts`];
const execute = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-bundle-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(source: string): Promise<unknown> {
  const { stdout } = await execute(process.execPath, [bundleOf(source, folder)]);
  return JSON.parse(stdout);
}

it("a bundled program sees the paths of its source files, and starts its worker thread from a bundle", async () => {
  await bundle([program, thread], folder);
  expect(await run(program)).toEqual({
    place: join(root, PLACE),
    runs: bundleOf(program, folder),
    thread: { place: join(root, thread), runs: bundleOf(thread, folder) },
  });
});

/** Compiles a script with the saved code, then without. */
const COMPILE = `
const { readFileSync } = require("node:fs");
const { Script } = require("node:vm");
const [file, saved] = process.argv.slice(1);
const cachedData = readFileSync(saved);
const source = readFileSync(file, "latin1");
const { cachedDataRejected } = new Script(source, { filename: file, cachedData });
const withoutFunctions = new Script(source, { filename: file }).createCachedData();
console.log(JSON.stringify({ cachedDataRejected, hasMore: cachedData.length > withoutFunctions.length }));
`;

it("a program saves the code of functions that ran, if asked, for later runs with the options of its start", async () => {
  await bundle([flags], folder);
  const saved = async () => (await readdir(folder)).filter((name) => /\.js\.\d+$/.test(name));
  await run(flags);
  expect(await saved()).toEqual([]);
  await writeFile(join(folder, "save-compiled"), "");
  const answer = await run(flags);
  const [file = ""] = await saved();
  const script = bundleOf(flags, folder).replace(/\.mjs$/, ".js");
  const { stdout } = await execute(process.execPath, ["--eval", COMPILE, script, join(folder, file)]);
  expect(JSON.parse(stdout)).toEqual({ cachedDataRejected: false, hasMore: true });
  expect(await run(flags)).toBe(answer);
  expect(await saved()).toEqual([file]);
});
