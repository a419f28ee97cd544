import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NatsRole } from "./roles.ts";

/** This user may do everything; operators' tools such as `nats backup account` use it. */
export const OPERATOR = "operator";

export type NatsUser = NatsRole | typeof OPERATOR;

/**
 * The address of the launcher's nats-server, and the passwords of its users. The launcher writes them at each start.
 */
export interface NatsAccess {
  readonly url: string;
  /** When the server syncs events to disk: `always` or an interval. */
  readonly sync: string;
  readonly passwords: Readonly<Record<NatsUser, string>>;
}

/** The file with {@link NatsAccess}. Only the user who started the launcher can read it. */
export function accessFile(dataDir: string): string {
  return join(dataDir, "nats", "access.json");
}

export function readAccess(dataDir: string): NatsAccess | undefined {
  try {
    return JSON.parse(readFileSync(accessFile(dataDir), "utf8")) as NatsAccess;
  } catch {
    return undefined;
  }
}
