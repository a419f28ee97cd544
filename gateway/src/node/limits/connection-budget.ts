/** How many connections of each kind a node accepts. */
export interface ConnectionBudget {
  readonly devices: number;
  readonly pending: number;
  /** Connections of HTTP: browsers, programs, and upgrades until they are accepted. */
  readonly http: number;
}

/** Number of open files that are left for listeners, connections to NATS, and files of the process. */
const OTHER_FILES = 64;

/**
 * Divides the files that the process may open between the kinds of connections.
 * @param wanted the configured numbers
 */
export function connectionBudget(wanted: ConnectionBudget, openFiles: number): ConnectionBudget {
  const files = Math.max(8, openFiles - OTHER_FILES);
  const quarter = Math.floor(files / 4);
  const http = Math.min(wanted.http, quarter);
  const pending = Math.min(wanted.pending, quarter);
  return { http, pending, devices: Math.min(wanted.devices, files - http - pending) };
}
