import { readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second for all programs (`USER_HZ`). */
const TICK_US = 10_000;

/** Microseconds of processor time that a process has used; NaN on other systems than Linux. */
export function cpuMicroseconds(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  // The name of the program, in brackets, may have spaces. Fields 14 and 15 of proc(5) are user and system time.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(/.*\) /s).at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}
