import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";

const COMPRESSIBLE = new Set([".css", ".html", ".js", ".json", ".map", ".svg", ".txt", ".webmanifest"]);
/** Smaller files are not compressed: that would save hardly more than the header that announces it. */
const WORTHWHILE_BYTES = 1_024;

/** Writes `x.br` and `x.gz` beside each text file that is large enough. */
export async function compressFiles(directory: string, paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => compress(join(directory, path))));
}

/** Removes the files of earlier builds: all but these files and their compressed forms. */
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
  const content = await readFile(file);
  if (!COMPRESSIBLE.has(extname(file)) || content.length < WORTHWHILE_BYTES) {
    // An earlier and larger version of the file may have left compressed files.
    await Promise.all([rm(`${file}.br`, { force: true }), rm(`${file}.gz`, { force: true })]);
    return;
  }
  const params = { [zlib.BROTLI_PARAM_SIZE_HINT]: content.length };
  await Promise.all([
    promisify(brotliCompress)(content, { params }).then((compressed) => writeFile(`${file}.br`, compressed)),
    promisify(gzip)(content, { level: 9 }).then((compressed) => writeFile(`${file}.gz`, compressed)),
  ]);
}
