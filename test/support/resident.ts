import { execFileSync } from "node:child_process";

/** Bytes of resident memory; `ps` counts in KiB (POSIX). */
export function residentBytes(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).trim()) * 1_024;
}
