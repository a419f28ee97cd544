import { appendFileSync, readFileSync } from "node:fs";

/** Environment variable of a run of Vitest: the path of the file that gets a line for each test file. */
export const FILE_CPU = "TEST_FILE_CPU";
/** Linux counts processor time in hundredths of a second for all programs (`USER_HZ`). */
const TICKS_PER_SECOND = 100;

interface FileCpu {
  /** Absolute path of the test file. */
  readonly file: string;
  readonly seconds: number;
}

/**
 * Processor time of this process, and of those of its children that have ended, in seconds.
 *
 * @param stat content of proc(5)'s stat
 */
export function usedSeconds(stat = readFileSync("/proc/self/stat", "utf8")): number {
  // The name of the program, in brackets, may have spaces. Fields 14 to 17 are user and system time, own and children's.
  const fields = stat.split(/.*\) /s).at(-1)?.split(" ") ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

export function writeFileCpu(out: string, cpu: FileCpu): void {
  appendFileSync(out, `${JSON.stringify(cpu)}\n`);
}

/** @returns seconds by path; empty if no test file has ended, or if this system does not count them */
export function readFileCpu(out: string): ReadonlyMap<string, number> {
  let text: string;
  try {
    text = readFileSync(out, "utf8");
  } catch {
    return new Map();
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => JSON.parse(line) as FileCpu).map(({ file, seconds }) => [file, seconds]));
}
