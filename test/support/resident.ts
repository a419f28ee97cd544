import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Bytes of resident memory. */
export function residentBytes(pid: number): number {
  return 1_024 * (process.platform === "linux" ? fromProc(pid) : fromPs(pid));
}

/** Tests watch memory while they compute: a `ps` for each reading would cost a fork of the large process that runs the tests. */
function fromProc(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no memory: it has ended`);
  return Number(kib);
}

/** For other systems than Linux; `ps` counts in KiB (POSIX). */
function fromPs(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).trim());
}

/** The most resident memory so far, in bytes; undefined on other systems than Linux, or if the process has ended. */
export async function peakBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1_024;
}
