import { readFileSync } from "node:fs";

/** Open files that are not devices' connections: browsers, HTTP clients, listeners, files and NATS. */
const OTHER_FILES = 2_000;

/** How many files this process may have open: the soft limit, which Node raises to the hard one. Infinite if unknown. */
export function openFilesLimit(read: () => string = () => readFileSync("/proc/self/limits", "utf8")): number {
  // Only Linux has this file: proc_pid_limits(5).
  try {
    const [, soft = ""] = /^Max open files +(\d+|unlimited) /m.exec(read()) ?? [];
    return /^\d+$/.test(soft) ? Number(soft) : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** A warning if this process may not open enough files for the maximum of connections; undefined if it may. */
export function openFilesWarning(maxConnections: number, limit: number): string | undefined {
  if (maxConnections + OTHER_FILES <= limit) return undefined;
  return (
    `FLEETLOG_MAX_CONNECTIONS is ${maxConnections}, but this process may have ${limit} files open, one for each connection ` +
    `and up to ${OTHER_FILES} others: raise that limit (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of a container), ` +
    "or lower FLEETLOG_MAX_CONNECTIONS"
  );
}
