import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ownProcesses } from "../launcher/own-processes.ts";
import { root } from "../system/root.ts";
import { FEWER_COLLECTIONS } from "./fewer-collections.ts";

const run = promisify(execFile);
const IMPORT = "for (const file of process.argv.slice(1)) await import(file)";
/** What threads of unit tests load. They have their worker's options. */
const IN_THREADS = [
  "services/history/src/store/thread/segments.ts",
  "services/projections/src/threads/kept-states.ts",
  "services/projections/src/views/index.ts",
].map((file) => join(root, file));
const OTHERS = ["infra/src/launch.ts", "services/agent/src/index.ts"];

/**
 * Compiles the sources of the programs once. Launchers and threads under test start faster, since they read the compiled
 * code.
 *
 * @param folder for the compiled code
 */
export async function compilePrograms(folder: string): Promise<void> {
  process.env.NODE_COMPILE_CACHE = join(folder, "compiled");
  const programs = ownProcesses.map(({ main, environment }) => ({ file: join(dirname(main), "app.ts"), environment }));
  await load([...programs.map(({ file }) => file), ...OTHERS.map((file) => join(root, file))], {});
  // Node rejects code that was compiled with other options, so these programs are compiled once more with their own.
  for (const { file, environment } of programs) if (environment !== undefined) await load([file], { environment });
  await load(IN_THREADS, { options: [FEWER_COLLECTIONS] });
}

async function load(
  files: readonly string[],
  { environment = {}, options = [] }: { environment?: Readonly<Record<string, string>>; options?: readonly string[] },
): Promise<void> {
  const env = { ...process.env, ...environment };
  await run(process.execPath, [...options, "--input-type=module", "--eval", IMPORT, ...files], { env });
}
