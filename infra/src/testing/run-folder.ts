import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning, pidsWithVariable, signal } from "../system/processes.ts";
import { IN_MEMORY } from "./temporary-folder.ts";

const PREFIX = "fleetlog-run-";
const OWNER = "owner.json";
/** Time for a launcher under test to stop its processes in order. */
const TIMEOUT_MS = 5_000;
/** Age at which a folder without an owner is removed: a younger run may not have written its owner yet. */
const OWNERLESS_MS = 600_000;

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly mark: string;
}

/** Everything that a run of tests or benchmarks writes is here. */
export interface RunFolder {
  readonly path: string;
  /** Entries that Fleetlog's code has made and not removed, such as `fleetlog-views-x1y2z3`. */
  left(): string[];
  /**
   * `remove` does this work before it removes the folder, in reverse order of the calls. Failures are reported and
   * ignored.
   */
  atEnd(work: () => Promise<void>): void;
  /**
   * Ends the processes that still use the folder.
   * @param stays whether a process may end later, because it does not need the folder
   */
  remove(stays?: (pid: number) => boolean): Promise<void>;
}

/**
 * Makes a new folder the temporary folder of this process and its later children. Removes folders of killed runs.
 *
 * Inside another run, that run's folder is used, and stays.
 *
 * @param base where temporary folders are
 * @param others further folders with temporary folders of killed runs
 */
export async function openRunFolder(base = tmpdir(), others: readonly string[] = [IN_MEMORY]): Promise<RunFolder> {
  const isRunFolder = basename(base).startsWith(PREFIX) && existsSync(join(base, OWNER));
  const works: (() => Promise<void>)[] = [];
  const atEnd = (work: () => Promise<void>) => void works.unshift(work);
  const runWorks = async () => {
    for (const work of works.splice(0)) await work().catch((error: unknown) => console.error(error));
  };
  if (isRunFolder) return { path: base, left: () => [], atEnd, remove: runWorks };
  for (const place of new Set([base, ...others])) if (existsSync(place)) await removeStale(place);
  const path = mkdtempSync(join(base, PREFIX));
  const owner: Owner = { host: hostname(), pid: process.pid, mark: markOfThis() };
  writeFileSync(join(path, OWNER), JSON.stringify(owner));
  const { TMPDIR: before } = process.env;
  process.env.TMPDIR = path;
  return {
    path,
    left: () => readdirSync(path).filter((name) => name.startsWith("fleetlog-")),
    atEnd,
    async remove(stays) {
      await runWorks();
      // TMPDIR is reset last, so that processes that begin during the removal are found by it, too.
      await removeWithProcesses(path, stays);
      if (before === undefined) Reflect.deleteProperty(process.env, "TMPDIR");
      else process.env.TMPDIR = before;
    },
  };
}

/**
 * Only the file's name, because `isRunning` searches for it in the command line. The command line has the path as
 * typed, but `process.argv` has the resolved path.
 */
function markOfThis(): string {
  return basename(process.argv[1] ?? process.execPath);
}

/** Removes this user's folders whose owning process ran on this host and has ended, and old ones without owner.json. */
async function removeStale(base: string): Promise<void> {
  const folders = readdirSync(base).filter((name) => name.startsWith(PREFIX));
  for (const path of folders.map((name) => join(base, name))) if (isStale(path)) await removeWithProcesses(path);
}

function isStale(path: string): boolean {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined || !entry.isDirectory() || entry.uid !== process.getuid?.()) return false;
  const owner = ownerOf(path);
  if (owner === undefined) return Date.now() - entry.mtimeMs > OWNERLESS_MS;
  return owner.host === hostname() && !isRunning(owner.pid, owner.mark);
}

function ownerOf(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(join(path, OWNER), "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

async function removeWithProcesses(path: string, stays: (pid: number) => boolean = () => false): Promise<void> {
  const running = () => pidsWithVariable("TMPDIR", path).filter((pid) => !stays(pid));
  const ending = new Set<number>();
  for (const until = performance.now() + TIMEOUT_MS; performance.now() < until; await delay(50)) {
    const pids = running();
    if (pids.length === 0) break;
    // When one process of a run ends, the next one may begin, so this looks again. Each process gets SIGTERM only once:
    // a second SIGTERM may end a launcher before its processes.
    for (const pid of pids.filter((one) => !ending.has(one))) {
      ending.add(pid);
      signal(pid, "SIGTERM");
    }
  }
  for (const pid of running()) signal(pid, "SIGKILL");
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
