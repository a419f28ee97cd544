import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";

const COMPRESSIBLE = new Set([".css", ".html", ".js", ".json", ".map", ".svg", ".txt", ".webmanifest"]);

/**
 * Writes a brotli and a gzip file beside each text file, also beside small ones. If a small page had none, Turbo's
 * cache would leave an old `index.html.br` beside it, and gateways would serve that.
 */
export async function compressFiles(directory: string, paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => compress(join(directory, path))));
}

export async function removeOthers(directory: string, paths: readonly string[]): Promise<void> {
  const kept = new Set(paths);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if (
      !kept.has(
        relative(directory, file)
          .replaceAll("\\", "/")
          .replace(/\.(?:br|gz)$/, ""),
      )
    )
      await rm(file);
  }
}

async function compress(file: string): Promise<void> {
  if (!COMPRESSIBLE.has(extname(file))) return;
  const content = await readFile(file);
  const params = { [zlib.BROTLI_PARAM_SIZE_HINT]: content.length };
  await Promise.all([
    promisify(brotliCompress)(content, { params }).then((compressed) => writeFile(`${file}.br`, compressed)),
    promisify(gzip)(content, { level: 9 }).then((compressed) => writeFile(`${file}.gz`, compressed)),
  ]);
}
