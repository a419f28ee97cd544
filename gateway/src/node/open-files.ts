import { readFileSync } from "node:fs";

/** What a gateway opens besides devices: browsers, HTTP clients, its listeners, files and NATS. */
const BESIDES = 2_000;

/** How many files this process may have open: the soft limit, which Node raises to the hard one. Infinite where nobody says. */
export function openFilesLimit(read: () => string = () => readFileSync("/proc/self/limits", "utf8")): number {
  // It is Linux's (proc_pid_limits(5)); elsewhere there is no such file.
  try {
    const [, soft = ""] = /^Max open files +(\d+|unlimited) /m.exec(read()) ?? [];
    return /^\d+$/.test(soft) ? Number(soft) : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** What to tell whoever set more connections than the system lets this process have; undefined when they fit. */
export function tooFewFiles(maxConnections: number, limit: number): string | undefined {
  if (maxConnections + BESIDES <= limit) return undefined;
  return (
    `FLEETLOG_MAX_CONNECTIONS is ${maxConnections}, but this process may have ${limit} files open, one for each connection ` +
    `and up to ${BESIDES} besides: raise that limit (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of a container), ` +
    "or lower FLEETLOG_MAX_CONNECTIONS"
  );
}
