import { readFileSync } from "node:fs";

/** Milliseconds of a clock tick in `/proc`; the same on all machines. */
const TICK_MS = 10;
const LOOK_MS = 100;

/** Milliseconds of processor time that another process has used. Undefined if it has ended, and on systems other than Linux. */
export function processorMs(pid: number | undefined): number | undefined {
  try {
    // The name of the program, in brackets, may have spaces and brackets. After it come the fields from the third on: proc_pid_stat(5).
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const ms = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    return Number.isNaN(ms) ? undefined : ms;
  } catch {
    return undefined;
  }
}

/**
 * Calls `then` once, when a process has used some milliseconds of processor time from now on. Where the system does not
 * report processor time, it waits for these milliseconds by the clock.
 *
 * @returns a function that ends the wait
 */
export function afterProcessorTime(pid: number | undefined, ms: number, then: () => void): () => void {
  const before = processorMs(pid) ?? 0;
  const look = () => {
    const used = processorMs(pid);
    if (used === undefined || used - before >= ms) then();
    else timer = setTimeout(look, Math.max(LOOK_MS, ms - (used - before)));
  };
  let timer = setTimeout(look, ms);
  return () => clearTimeout(timer);
}
