import { join } from "node:path";
import { canSyncAlways, hasBatches } from "./find/version.ts";

export interface NatsServerConfig {
  readonly host: string;
  /** 0: the server chooses a free port. */
  readonly port: number;
  readonly storeDir: string;
  readonly serverName: string;
  /** Bytes. */
  readonly maxPayload: number;
  /** Bytes, all file streams together. */
  readonly maxFileStore: number;
  /** Bytes, all memory streams together. */
  readonly maxMemoryStore: number;
  /** When to sync: `always` (before the acknowledgement), or an interval such as `2m`. */
  readonly sync: string;
  /** Messages. */
  readonly largestBatch: number;
  readonly extra?: string;
}

export function configText(config: NatsServerConfig, version: string): string {
  const sync = canSyncAlways(version) ? `  sync_interval: ${quoted(config.sync)}\n` : "";
  const limits = hasBatches(version) ? `  limits { batch { max_msgs: ${config.largestBatch} } }\n` : "";
  return `server_name: ${quoted(config.serverName)}
host: ${quoted(config.host)}
port: ${config.port === 0 ? -1 : config.port}
ports_file_dir: ${quoted(config.storeDir)}
max_payload: ${config.maxPayload}
jetstream {
  store_dir: ${quoted(join(config.storeDir, "store"))}
  max_memory_store: ${config.maxMemoryStore}
  max_file_store: ${config.maxFileStore}
${sync}${limits}}
${config.extra ?? ""}`;
}

/** JSON strings are valid strings of nats-server's configuration. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
