import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Undefined if no process has this pid, or if a zombie has it. */
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

/** @param mark part of its command line: another process may have the pid now */
export function isRunning(pid: number, mark: string): boolean {
  return commandLine(pid)?.includes(mark) ?? false;
}

/** Undefined if the process has ended. */
export function parentOf(pid: number): number | undefined {
  try {
    // The second field is the name in parentheses, and may contain any character.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/.*\) /s).at(-1)?.split(" ") ?? [];
    return Number(parent);
  } catch {
    if (process.platform === "linux") return undefined;
  }
  const { stdout } = spawnSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" });
  return Number.parseInt(stdout ?? "", 10) || undefined;
}

/** Does nothing if the process has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export function pidsWithVariable(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  const found = process.platform === "linux" ? findOnLinux(wanted) : findWithPs(wanted);
  return found.filter((pid) => pid !== process.pid);
}

function findOnLinux(wanted: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(wanted);
      } catch {
        // The process has ended meanwhile, or belongs to another user.
        return false;
      }
    })
    .map(Number);
}

/** For other systems than Linux: `ps -E` prints the environment after the command line. */
function findWithPs(wanted: string): number[] {
  const { stdout } = spawnSync("ps", ["-axEww", "-o", "pid=,command="], { encoding: "utf8" });
  return (stdout ?? "")
    .split("\n")
    .filter((line) => ` ${line} `.includes(` ${wanted} `))
    .map((line) => Number.parseInt(line, 10));
}
