import { mkdir, rename, rm, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { findProgram } from "../system/programs.ts";
import { reasonOf, runProgram } from "../system/run.ts";

/** What devices' programs in Python use. */
const PACKAGES = ["paho-mqtt==2.1.0", "cryptography==50.0.2"];
const PIP_OPTIONS = [
  "--disable-pip-version-check",
  "--no-input",
  "--only-binary=:all:",
  "--retries",
  "1",
  "--timeout",
  "15",
];
const TIMEOUT_MS = 120_000;

export interface PythonPlace {
  readonly env: NodeJS.ProcessEnv;
  /** Folder in which packages are kept; created if missing. */
  readonly cache: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Fetches the suites' Python packages by pip, for a `python3` to which Debian's packages do not belong, and keeps them.
 *
 * @returns the PYTHONPATH with them; undefined if this Python has no pip, or pip could not fetch them
 */
export async function fetchPythonPackages({ env, cache, say, signal }: PythonPlace): Promise<string | undefined> {
  const python = findProgram("python3", env.PATH);
  if (python === undefined) return undefined;
  const run = (...args: string[]) => runProgram(python, args, { env, timeoutMs: TIMEOUT_MS, signal });
  // Compiled packages are for one version of Python.
  const { code, lines } = await run("-c", "import sys, pip; print(sys.implementation.cache_tag)");
  const [tag = ""] = lines;
  if (code !== 0 || tag === "") return undefined;
  const folder = join(cache, "python", tag, PACKAGES.join("-"));
  if (!(await isFolder(folder))) {
    const part = `${folder}-${process.pid}`;
    say(`   fetching ${PACKAGES.join(" and ")} from the Python registry`);
    await mkdir(part, { recursive: true });
    const fetched = await run("-m", "pip", "install", ...PIP_OPTIONS, "--target", part, ...PACKAGES);
    if (fetched.code !== 0) {
      await rm(part, { recursive: true, force: true });
      say(`   pip could not fetch them: ${reasonOf(fetched)}`);
      return undefined;
    }
    await rename(part, folder);
  }
  return [folder, ...(env.PYTHONPATH ? [env.PYTHONPATH] : [])].join(delimiter);
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
