import { join } from "node:path";
import { canSyncAlways } from "./find/version.ts";

export interface NatsServerConfig {
  readonly host: string;
  /** 0 lets the server choose a free one. */
  readonly port: number;
  /** Folder of the JetStream store, the configuration file and the ports file. */
  readonly storeDir: string;
  readonly serverName: string;
  /** Largest message in bytes. */
  readonly maxPayload: number;
  /** Largest size of all file streams together in bytes. */
  readonly maxFileStore: number;
  /** Largest size of all memory streams together in bytes. */
  readonly maxMemoryStore: number;
  /** When to sync to disk: `always` before the acknowledgement, or at an interval such as `2m`, as before 2.10. */
  readonly sync: string;
  /** More lines of configuration, such as users. */
  readonly extra?: string;
}

/** The text of the configuration file for a server of this version. */
export function configText(config: NatsServerConfig, version: string): string {
  const sync = canSyncAlways(version) ? `  sync_interval: ${quoted(config.sync)}\n` : "";
  return `server_name: ${quoted(config.serverName)}
host: ${quoted(config.host)}
port: ${config.port === 0 ? -1 : config.port}
ports_file_dir: ${quoted(config.storeDir)}
max_payload: ${config.maxPayload}
jetstream {
  store_dir: ${quoted(join(config.storeDir, "store"))}
  max_memory_store: ${config.maxMemoryStore}
  max_file_store: ${config.maxFileStore}
${sync}}
${config.extra ?? ""}`;
}

/** Every JSON string is also a string of nats-server's configuration language. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
