import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

export const PRIORITIES = ["idle", "low"] as const;
/** @see historianSettings.historySqlPriority */
export type Priority = (typeof PRIORITIES)[number];

/**
 * Beside a busy process of niceness 0, a process of niceness 10 gets about a tenth of the processor, and one of
 * niceness 19 about a seventieth. `idle` is niceness 19 where there is no scheduling policy for idle time.
 */
const NICENESS: Readonly<Record<Priority, number>> = { idle: 19, low: 10 };
/**
 * The niceness is at least this much above the historian's, which is a setting. So beside a busy historian, the process
 * gets at most about a third of the historian's processor time.
 */
const BEHIND_HISTORIAN = 5;
const NICEST = 19;
/** Linux ends this process first if the machine has no memory left. */
const FIRST_TO_END = "1000";
/** The option `detached` for starting a process that {@link putBehindLive} is called for. */
export const IN_OWN_SESSION = process.platform === "linux";

/**
 * Gives a process that runs analysts' code a lower priority than the processes that serve devices and people. Call it
 * when the process has just been made, so that its start has the low priority too, and once more when it has begun its
 * threads. On Linux each thread has a priority, which it inherits from the thread that begins it.
 *
 * Where a system lacks or forbids one of these means, the others still apply. Never throws.
 */
export function putBehindLive(pid: number | undefined, priority: Priority): void {
  if (pid === undefined) return;
  const niceness = nicenessBehind(priority, getPriority());
  setNiceness(pid, niceness);
  attempt(() => writeFileSync(`/proc/${pid}/oom_score_adj`, FIRST_TO_END));
  attempt(() => setGroup(pid, niceness));
}

/** @param own niceness of this process */
export function nicenessBehind(priority: Priority, own: number): number {
  return Math.min(NICEST, Math.max(NICENESS[priority], own + BEHIND_HISTORIAN));
}

/**
 * Sets the niceness of a process and of its threads. Later threads inherit it. A higher niceness is kept. Never throws.
 */
export function setNiceness(pid: number, niceness: number): void {
  const raise = (id: number) => setPriority(id, Math.max(niceness, getPriority(id)));
  attempt(() => raise(pid));
  attempt(() => {
    // A thread may end before its turn.
    for (const thread of readdirSync(`/proc/${pid}/task`)) attempt(() => raise(Number(thread)));
  });
}

/**
 * Linux can group processes by session (`sched_autogroup_enabled`). It then compares the niceness of processes only
 * within a group, and each group has a niceness, too. Only a process that was started `detached` is in another group
 * than this process.
 */
function setGroup(pid: number, niceness: number): void {
  if (groupOf(pid) !== groupOf("self")) writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
}

function groupOf(pid: number | "self"): string | undefined {
  return readFileSync(`/proc/${pid}/autogroup`, "utf8").split(" ")[0];
}

function attempt(change: () => void): void {
  try {
    change();
  } catch {
    return;
  }
}
