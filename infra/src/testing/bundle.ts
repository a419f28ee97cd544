import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import { ownProcesses } from "../launcher/own-processes.ts";
import { root } from "../system/root.ts";
import { bundleOf } from "./bundle-of.ts";
import { scriptOf } from "./script-of.ts";

/** Threads and processes that programs start. */
const THREADS = [
  "services/projections/src/threads/thread.ts",
  "services/history/src/sql/process/main.ts",
  "services/history/src/store/thread/main.ts",
];
const RUNS_SCRIPT = join(import.meta.dirname, "bundled-program.mjs");
/** Packages with binaries, which are not bundled. */
const NATIVE = /^@(duckdb|node-rs)\//;
const META = /\bimport\.meta\.(url|dirname|filename)\b/g;
const THREAD_URL = /new URL\("(\.[^"]+)", import\.meta\.url\)/g;

/**
 * Bundles the programs of a stack. To start, a bundle of few files needs a third to a half of the processor time that
 * the source files need.
 *
 * @param folder for the bundles, see `bundleOf`
 */
export async function bundlePrograms(folder: string): Promise<void> {
  const mains = ownProcesses.map(({ main }) => relative(root, main));
  await bundle([...mains, ...THREADS], folder);
}

/** @param sources paths in the repository */
export async function bundle(sources: readonly string[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await Promise.all(sources.map((source) => bundleOne(source, sources, folder)));
}

/** Writes the program as one script beside {@link RUNS_SCRIPT}. */
async function bundleOne(source: string, sources: readonly string[], folder: string): Promise<void> {
  const build = await rolldown({
    input: join(root, source),
    platform: "node",
    external: [...builtinModules, /^node:/],
    plugins: [nativePackages(), ownPlaces(sources, folder)],
    logLevel: "silent",
  });
  try {
    const { output } = await build.generate({ format: "esm", codeSplitting: false, keepNames: true, comments: false });
    const program = bundleOf(source, folder);
    writeFileSync(program.replace(/\.mjs$/, ".js"), scriptOf(output[0].code));
    copyFileSync(RUNS_SCRIPT, program);
  } finally {
    await build.close();
  }
}

function nativePackages(): Plugin {
  return {
    name: "native-packages",
    resolveId(id, importer) {
      if (!NATIVE.test(id) || importer === undefined) return undefined;
      return { id: createRequire(importer).resolve(id), external: "absolute" };
    },
  };
}

/** Gives bundled modules the paths of their source files, and starts worker threads from their bundles. */
function ownPlaces(sources: readonly string[], folder: string): Plugin {
  return {
    name: "own-places",
    transform(code, id) {
      if (id.startsWith("\0") || !code.includes("import.meta.")) return undefined;
      const bundled = code.replace(THREAD_URL, (whole, path: string) => {
        const source = relative(root, join(dirname(id), path));
        return sources.includes(source)
          ? `new URL(${JSON.stringify(pathToFileURL(bundleOf(source, folder)).href)})`
          : whole;
      });
      const places = { url: pathToFileURL(id).href, dirname: dirname(id), filename: id };
      return bundled.replace(META, (_, name: keyof typeof places) => JSON.stringify(places[name]));
    },
  };
}
