import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { pidsWithVariable, signal } from "../system/processes.ts";

/** Environment variable of a run of Vitest and its child processes: the path of the file with the running tests. */
export const PROGRESS = "TEST_PROGRESS_FILE";

/** Longer than the longest time limit of a test, which is 15 minutes: Vitest reports that test itself. */
export const LIMIT_MS = 20 * 60_000;
const INTERVAL_MS = 5_000;
/** Time for Vitest to stop its workers. */
const GRACE_MS = 10_000;

export interface WatchOptions {
  readonly limitMs?: number;
  readonly intervalMs?: number;
  readonly graceMs?: number;
}

/** @param running names of files and tests */
export function writeProgress(file: string, running: readonly string[]): void {
  // The time makes each content differ from the last one.
  writeFileSync(file, [performance.now(), ...running].join("\n"));
}

/**
 * Ends a run in which no test begins or ends for a long time: Vitest's own limits end neither a worker that blocks nor Vitest.
 *
 * @param file that {@link writeProgress} writes
 * @returns a function that ends the watch
 */
export function watchProgress(
  file: string,
  say: (line: string) => void,
  { limitMs = LIMIT_MS, intervalMs = INTERVAL_MS, graceMs = GRACE_MS }: WatchOptions = {},
): () => void {
  let last: string | undefined;
  let since = performance.now();
  const timer = setInterval(() => {
    const now = read(file);
    if (now !== last) {
      last = now;
      since = performance.now();
    } else if (performance.now() - since >= limitMs) {
      clearInterval(timer);
      for (const line of report(now, limitMs)) say(line);
      void endProcesses(file, graceMs);
    }
  }, intervalMs);
  return () => clearInterval(timer);
}

function report(content: string | undefined, limitMs: number): string[] {
  const [, ...running] = content?.split("\n") ?? [];
  const why = ` ✗ no test began or ended for ${limitMs / 1_000} s: the run is ended.`;
  return running.length === 0
    ? [`${why} No test was running.`]
    : [`${why} Still running:`, ...running.map((name) => `     ${name}`)];
}

/** Ends Vitest and everything that it has started. */
async function endProcesses(file: string, graceMs: number): Promise<void> {
  const pids = () => pidsWithVariable(PROGRESS, file);
  for (const pid of pids()) signal(pid, "SIGTERM");
  for (const until = performance.now() + graceMs; pids().length > 0 && performance.now() < until; ) await delay(50);
  for (const pid of pids()) signal(pid, "SIGKILL");
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
