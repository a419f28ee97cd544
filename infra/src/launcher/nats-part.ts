import { join } from "node:path";
import type { Settings } from "@fleetlog/protocol/settings";
import { type NatsServerProgram, startNatsServer, untilUnresponsive, type WatchPace } from "../nats-server/index.ts";
import type { Part } from "../supervision/part.ts";

const mib = 1024 ** 2;

/** For the key-value stores beside the two streams; they reserve what they may grow to. */
const smallStores = 4 * 1024 * mib;

export interface NatsPartOptions {
  /** Told each line that the server writes. */
  readonly onLog: (line: string) => void;
  /** Told what people should know. */
  readonly say: (line: string) => void;
  readonly pace?: WatchPace;
}

/** The launcher's own nats-server, on loopback, with its store under the data folder. */
export function natsPart(
  program: NatsServerProgram,
  port: number,
  dataDir: string,
  settings: Settings,
  { onLog, say, pace }: NatsPartOptions,
): Part {
  return {
    name: "nats-server",
    async start(signal) {
      const server = await startNatsServer({
        program,
        port,
        storeDir: join(dataDir, "nats"),
        // An event is its payload as JSON inside an envelope, so it is larger than what came in.
        maxPayload: Math.max(mib, settings.maxPayloadBytes * 2 + mib),
        maxFileStore: settings.fleetMaxBytes + settings.telemetryMaxBytes + smallStores,
        sync: settings.natsSync,
        detached: true,
        onLog,
        signal,
      });
      const watching = new AbortController();
      void server.exited.then(() => watching.abort());
      const { host, storeDir: folder } = server;
      const watch = { host, port: server.port, folder, say, signal: watching.signal, ...(pace && { pace }) };
      let why = "its process is gone";
      void untilUnresponsive(watch).then(() => {
        why = "it did not answer any more";
        return server.kill();
      });
      return {
        pid: server.pid,
        mark: server.configFile,
        ready: `${server.version} on ${server.host}:${server.port}`,
        exited: server.exited.then(() => why),
        async stop() {
          watching.abort();
          // One that hangs must not hang us.
          const late = setTimeout(() => {
            onLog("nats-server did not stop in time; ending it by force");
            void server.kill();
          }, settings.stopTimeout);
          await server.stop();
          clearTimeout(late);
        },
        kill: () => {
          watching.abort();
          void server.kill();
        },
      };
    },
  };
}
