import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compressFiles, removeOthers } from "./compress.ts";

const SCRIPT = "console.log('fleet');".repeat(200);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fleetlog-build-"));
  await mkdir(join(directory, "assets"));
});
afterEach(() => rm(directory, { recursive: true }));

const write = (path: string, content: string) => writeFile(join(directory, path), content);
const files = async () => (await readdir(directory, { recursive: true })).filter((path) => path !== "assets").sort();

it("the build writes brotli and gzip files beside texts of any size, and nothing beside other files", async () => {
  await write("assets/a.js", SCRIPT);
  await write("small.svg", "<svg/>");
  await write("assets/font.woff2", SCRIPT);
  await compressFiles(directory, ["assets/a.js", "small.svg", "assets/font.woff2"]);
  const texts = ["assets/a.js", "assets/a.js.br", "assets/a.js.gz", "assets/font.woff2"];
  expect(await files()).toEqual([...texts, "small.svg", "small.svg.br", "small.svg.gz"]);
  expect(brotliDecompressSync(await readFile(join(directory, "assets/a.js.br"))).toString()).toBe(SCRIPT);
  expect(gunzipSync(await readFile(join(directory, "assets/a.js.gz"))).toString()).toBe(SCRIPT);
});

it("the build replaces the compressed files of an earlier content, even if the new content is small", async () => {
  await write("index.html", SCRIPT);
  await compressFiles(directory, ["index.html"]);
  await write("index.html", "<!doctype html>");
  await compressFiles(directory, ["index.html"]);
  expect(brotliDecompressSync(await readFile(join(directory, "index.html.br"))).toString()).toBe("<!doctype html>");
  expect(gunzipSync(await readFile(join(directory, "index.html.gz"))).toString()).toBe("<!doctype html>");
});

it("the build removes the files of earlier builds", async () => {
  for (const path of ["index.html", "assets/new.js", "assets/old.js"]) await write(path, SCRIPT);
  await compressFiles(directory, ["assets/new.js", "assets/old.js"]);
  await removeOthers(directory, ["index.html", "assets/new.js"]);
  expect(await files()).toEqual(["assets/new.js", "assets/new.js.br", "assets/new.js.gz", "index.html"]);
});
