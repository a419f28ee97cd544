import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { promisify } from "node:util";

export const PRIORITIES = ["idle", "low"] as const;
/** @see historianSettings.historySqlPriority */
export type Priority = (typeof PRIORITIES)[number];

/**
 * Beside a busy process of niceness 0, a process of niceness 10 gets about a tenth of the processor, and one of
 * niceness 19 about a seventieth. `idle` is niceness 19 where there is no scheduling policy for idle time.
 */
const NICENESS: Readonly<Record<Priority, number>> = { idle: 19, low: 10 };
/**
 * The niceness is at least this much above the historian's, which is a setting. So the process gets a third of the
 * historian's share.
 */
const BEHIND_HISTORIAN = 5;
const NICEST = 19;
/** Linux ends this process first if the machine has no memory left. */
const FIRST_TO_END = "1000";
/** The option `detached` for starting a process that {@link putBehindLive} is called for. */
export const IN_OWN_SESSION = process.platform === "linux";
const TOOL_MS = 5_000;

/**
 * Gives a process that runs analysts' code a lower priority than the processes that serve devices and people. Call it
 * when the process has just been made, so that its start has the low priority too, and once more when it has begun its
 * threads. On Linux each thread has a priority, which it inherits from the thread that begins it.
 *
 * Where a system lacks or forbids one of these means, the others still apply. Never rejects.
 */
export async function putBehindLive(pid: number | undefined, priority: Priority): Promise<void> {
  if (pid === undefined) return;
  const niceness = nicenessBehind(priority, getPriority());
  setNiceness(pid, niceness);
  attempt(() => writeFileSync(`/proc/${pid}/oom_score_adj`, FIRST_TO_END));
  attempt(() => setGroup(pid, niceness));
  if (priority === "idle") await setIdle(pid);
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

/**
 * Sets SCHED_IDLE with the tool chrt of util-linux, because Node.js can't. A process with this policy runs when no
 * other process wants the processor, yields at once to one that wakes up, and reads from disks after others.
 */
async function setIdle(pid: number): Promise<void> {
  if (process.platform === "linux") await chrt("-a", "-i", "-p", "0", String(pid)).catch(() => {});
}

/** Why Linux can't give processes SCHED_IDLE here; undefined if it can, or if this is not Linux. */
export async function whyNotIdle(): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    await chrt("-i", "0", "true");
    return undefined;
  } catch (error) {
    const { code, killed } = error as NodeJS.ErrnoException & { readonly killed?: boolean };
    // The tool ran with the policy, and got no time on a busy machine.
    if (killed === true) return undefined;
    return code === "ENOENT" ? "there is no chrt, which is in util-linux" : (error as Error).message;
  }
}

async function chrt(...options: string[]): Promise<void> {
  await promisify(execFile)("chrt", options, { timeout: TOOL_MS, env: { PATH: process.env.PATH } });
}

function attempt(change: () => void): void {
  try {
    change();
  } catch {
    return;
  }
}
