import { accessSync, constants, readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";

const GIB = 1024 ** 3;
/** Several times what a run has in its folder at one time. */
const NEEDED_BYTES = 4 * GIB;
export const IN_MEMORY = "/dev/shm";

/** What the choice depends on. */
export interface Machine {
  /** The variable TMPDIR. */
  readonly chosen: string | undefined;
  /** Content of proc(5)'s mounts. */
  readonly mounts: string;
  /** Bytes that can be written to a folder; 0 if none can be. */
  readonly room: (folder: string) => number;
  /** Bytes of memory that this process may use. */
  readonly memory: number;
}

/**
 * The folder for the temporary files of a run of tests: in memory if TMPDIR names no folder and there is enough memory.
 *
 * On a disk, servers that sync each write take a seventh more processor time. Tests need no disk: they kill processes,
 * but never the machine, so files in memory survive, too.
 */
export function temporaryFolder(machine: Machine = thisMachine()): string {
  const { chosen, mounts, room, memory } = machine;
  if (chosen !== undefined) return tmpdir();
  // A later mount hides an earlier one. Tests also run programs from the folder.
  const [, , type, options = ""] =
    mounts
      .split("\n")
      .map((line) => line.split(" "))
      .findLast(([, path]) => path === IN_MEMORY) ?? [];
  const isSuitable = type === "tmpfs" && !options.split(",").includes("noexec");
  return isSuitable && room(IN_MEMORY) >= NEEDED_BYTES && memory >= 2 * NEEDED_BYTES ? IN_MEMORY : tmpdir();
}

function thisMachine(): Machine {
  return {
    chosen: process.env.TMPDIR,
    mounts: process.platform === "linux" ? readFileSync("/proc/self/mounts", "utf8") : "",
    room: roomIn,
    memory: process.availableMemory(),
  };
}

function roomIn(folder: string): number {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
