import { readFileSync } from "node:fs";

/** Number of open files beside devices' connections: browsers, HTTP clients, listeners, files and NATS. */
const OTHER_FILES = 2_000;

/** The soft limit of open files, which Node raises to the hard limit. Infinity if the system does not tell it. */
export function openFilesLimit(read: () => string = () => readFileSync("/proc/self/limits", "utf8")): number {
  // Only Linux has this file: proc_pid_limits(5).
  try {
    const [, soft = ""] = /^Max open files +(\d+|unlimited) /m.exec(read()) ?? [];
    return /^\d+$/.test(soft) ? Number(soft) : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export function openFilesWarning(maxConnections: number, limit: number): string | undefined {
  if (maxConnections + OTHER_FILES <= limit) return undefined;
  return (
    `FLEETLOG_MAX_CONNECTIONS is ${maxConnections}, but this process may have ${limit} files open, one for each connection ` +
    `and up to ${OTHER_FILES} others: raise that limit (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of a container), ` +
    "or lower FLEETLOG_MAX_CONNECTIONS"
  );
}
