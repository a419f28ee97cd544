import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The command line of a process, or undefined when none runs with that pid (one that has ended and waits to be reaped has none). */
export function commandLine(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() || undefined;
  } catch {
    if (process.platform === "linux") return undefined;
  }
  try {
    return execFileSync("ps", ["-p", String(pid), "-o", "args="], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process still runs, and is the one that was meant and not a later one with its pid. */
export function isStill(pid: number, mark: string): boolean {
  return commandLine(pid)?.includes(mark) ?? false;
}

/** Sends a signal; a process that has gone meanwhile is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Processes of this user, other than this one, that were started with a variable of that value in their environment. */
export function startedWith(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  const found = process.platform === "linux" ? startedWithOnLinux(wanted) : startedWithByPs(wanted);
  return found.filter((pid) => pid !== process.pid);
}

function startedWithOnLinux(wanted: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(wanted);
      } catch {
        // Gone meanwhile, or another user's.
        return false;
      }
    })
    .map(Number);
}

/** Elsewhere `ps -E` shows the environment behind the command line. */
function startedWithByPs(wanted: string): number[] {
  const { stdout } = spawnSync("ps", ["-axEww", "-o", "pid=,command="], { encoding: "utf8" });
  return (stdout ?? "")
    .split("\n")
    .filter((line) => ` ${line} `.includes(` ${wanted} `))
    .map((line) => Number.parseInt(line, 10));
}
