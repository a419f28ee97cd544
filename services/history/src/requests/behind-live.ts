import { readdirSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/**
 * A process gets about a tenth of a processor that processes of priority 0 want too. With the lowest priority, 19, it would
 * get a seventieth, and on a busy machine every statement would reach its time limit.
 */
const NICE = 10;
/** Linux ends this process first if the machine has no memory left. */
const FIRST_TO_END = "1000";

/**
 * Gives a new process that runs analysts' code a lower priority than the processes that serve devices and people. Call it
 * when the process has just been made, so that its start has the low priority too.
 */
export function putBehindLive(pid: number | undefined): void {
  if (pid === undefined) return;
  attempt(() => setPriority(pid, NICE));
  attempt(() => writeFileSync(`/proc/${pid}/oom_score_adj`, FIRST_TO_END));
}

/** As {@link putBehindLive}, for this process. On Linux, threads that have begun before keep a priority of their own. */
export function goBehindLive(): void {
  attempt(() => setPriority(NICE));
  attempt(() => {
    // One of them may end meanwhile.
    for (const thread of readdirSync("/proc/self/task")) attempt(() => setPriority(Number(thread), NICE));
  });
}

/** Other systems have no such files, or don't allow it: the limits of time and memory remain. */
function attempt(change: () => void): void {
  try {
    change();
  } catch {
    return;
  }
}
