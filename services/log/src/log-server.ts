export interface LogServer {
  readonly version: string;
  /**
   * When the server syncs events: before each acknowledgement (`always`), or at an interval such as `2m`; undefined if
   * unknown.
   */
  readonly sync: string | undefined;
}

export type Acknowledged = "on-disk" | "later" | "unknown";

/** nats-server's default. Before 2.10 there is no other value. */
const DEFAULT_SYNC = "2m";

/**
 * The operator or the launcher declares the interval: clients can't ask the server.
 * @param declared `always` or an interval
 */
export function logServer(version: string, declared: string | undefined): LogServer {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const canSyncAlways = major > 2 || (major === 2 && minor >= 10);
  return { version, sync: canSyncAlways ? declared : DEFAULT_SYNC };
}

export function acknowledgedBy({ version, sync }: LogServer): { acknowledged: Acknowledged; advice: string } {
  if (sync === "always") return { acknowledged: "on-disk", advice: "What is acknowledged is on disk." };
  if (sync === undefined) {
    const advice =
      "Nothing says whether nats-server writes to disk before it acknowledges. Set sync_interval: always in its configuration, and FLEETLOG_NATS_SYNC=always here.";
    return { acknowledged: "unknown", advice };
  }
  const remedy =
    logServer(version, "always").sync === "always"
      ? "Set FLEETLOG_NATS_SYNC=always, or sync_interval: always in its configuration."
      : "Use nats-server 2.10 or newer.";
  const advice = `nats-server writes to disk every ${sync}: a power cut can lose what was acknowledged since. ${remedy}`;
  return { acknowledged: "later", advice };
}
