import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NatsRole } from "./roles.ts";

/** May do everything, for operators' tools such as `nats account backup`. */
export const OPERATOR = "operator";

export type NatsUser = NatsRole | typeof OPERATOR;

/** Where the launcher's nats-server is, and the passwords of its users. Written at each start of the launcher. */
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
