import { join } from "node:path";
import { logServer } from "@fleetlog/log";
import {
  LAUNCHER,
  launcherUsers,
  type NatsServerProgram,
  type Passwords,
  startNatsServer,
  untilUnresponsive,
  type WatchPace,
} from "../nats-server/index.ts";
import type { ManagedProcess } from "../supervision/managed-process.ts";
import type { LauncherSettings } from "./settings.ts";

const mib = 1024 ** 2;

/** Disk space for key-value stores. nats-server reserves the maximum size of each, so it must be at least their sum. */
const keyValueBytes = 8 * 1024 * mib;

export function syncOf({ natsSync = "always" }: Pick<LauncherSettings, "natsSync">): string {
  return natsSync;
}

function onDisk(version: string, settings: LauncherSettings): string {
  const { sync } = logServer(version, syncOf(settings));
  return `; what is acknowledged is on disk${sync === "always" ? "" : ` after at most ${sync}`}`;
}

export interface NatsProcessOptions {
  readonly onLog: (line: string) => void;
  readonly say: (line: string) => void;
  readonly passwords: Passwords;
  readonly pace?: WatchPace;
}

export function natsProcess(
  program: NatsServerProgram,
  port: number,
  dataDir: string,
  settings: LauncherSettings,
  { onLog, say, passwords, pace }: NatsProcessOptions,
): ManagedProcess {
  return {
    name: "nats-server",
    async start(signal, spawned) {
      const server = await startNatsServer({
        program,
        port,
        storeDir: join(dataDir, "nats"),
        // An event is the payload as JSON inside an envelope, and so larger than the payload.
        maxPayload: Math.max(mib, settings.maxPayloadBytes * 2 + mib),
        maxFileStore:
          settings.fleetMaxBytes +
          settings.telemetryMaxBytes +
          settings.accessMaxBytes +
          settings.deliveryMaxBytes +
          settings.artifactsMaxBytes +
          keyValueBytes,
        sync: syncOf(settings),
        extra: launcherUsers(passwords),
        detached: true,
        onLog,
        onSpawn: (pid, mark) => spawned({ pid, mark }),
        signal,
      });
      const watching = new AbortController();
      void server.exited.then(() => watching.abort());
      const { host, storeDir: folder } = server;
      const probed = { host, port: server.port, password: passwords[LAUNCHER] };
      const watch = { ...probed, folder, say, signal: watching.signal, ...(pace && { pace }) };
      let reason = "its process is gone";
      void untilUnresponsive(watch).then(() => {
        reason = "it did not answer any more";
        return server.kill();
      });
      return {
        pid: server.pid,
        mark: server.configFile,
        readyText: `${server.version} on ${server.host}:${server.port}${onDisk(server.version, settings)}`,
        exited: server.exited.then(() => reason),
        async stop() {
          watching.abort();
          // A server that hangs must not block the launcher's stop.
          const timeout = setTimeout(() => {
            onLog("nats-server did not stop in time; killing it");
            void server.kill();
          }, settings.stopTimeout);
          await server.stop();
          clearTimeout(timeout);
        },
        kill: () => {
          watching.abort();
          void server.kill();
        },
      };
    },
  };
}
