import { readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { runTool } from "../system/tools.ts";

const SOURCES = ["ui", "services/protocol/src", "services/runtime/src"] as const;
const LEFT_OUT = new Set(["dist", "node_modules", ".turbo"]);
const BUILT = "ui/dist/index.html";

/**
 * Builds the pages if a source is newer than the last build.
 *
 * After a failure gateways serve the last build, or a page that explains how to build.
 */
export async function ensurePages(say: (line: string) => void): Promise<void> {
  const why = await whyBuild(root);
  if (why === undefined) return;
  say(`   building the operator's pages: ${why}`);
  await buildPages(say).catch((error: Error) => say(` ! ${error.message}`));
}

/**
 * Builds the pages. Quick if nothing has changed.
 *
 * @throws Error with the output of the tools
 */
export async function buildPages(say: (line: string) => void): Promise<void> {
  const { code, output } = await runTool("turbo", [
    "run",
    "build",
    "--filter=@fleetlog/ui",
    "--output-logs=errors-only",
  ]);
  if (code !== 0) throw new Error(`the operator's pages could not be built:\n${output.trimEnd()}`);
  // Files from the build cache have an old time, and would always look older than their sources.
  const now = new Date();
  await utimes(join(root, BUILT), now, now);
  say(" ✓ the operator's pages are built");
}

/** The reason to build; undefined if there is none, or if there are no sources (as in a container image). */
export async function whyBuild(folder: string): Promise<string | undefined> {
  if (!(await exists(join(folder, "ui/package.json")))) return undefined;
  const built = await stat(join(folder, BUILT)).catch(() => undefined);
  if (built === undefined) return "they are not built yet";
  const newest = await Promise.all(SOURCES.map((source) => newestIn(join(folder, source))));
  return Math.max(...newest) > built.mtimeMs ? "their sources have changed" : undefined;
}

/** Milliseconds since 1970. A folder's time counts: it changes when a file is removed. */
async function newestIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const times = entries
    .filter(({ name }) => !LEFT_OUT.has(name))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      const own = (await stat(path)).mtimeMs;
      return entry.isDirectory() ? Math.max(own, await newestIn(path)) : own;
    });
  return Math.max(0, ...(await Promise.all(times)));
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
