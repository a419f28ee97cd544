import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import type { OpenHarness } from "@fleetlog/log/contract";
import { limitFleet } from "./limit-fleet.ts";
import { type Login, publishRaw } from "./raw-nats.ts";

const MIB = 1024 ** 2;
const streamsOf = (replicas: number) =>
  declareStreams({
    FLEET: { maxBytes: 256 * MIB, replicas },
    TELEMETRY: { maxBytes: 64 * MIB, maxAgeMs: 86_400_000, replicas },
  });

/** A nats-server or a cluster that restarts on the same address and store after a kill. */
export interface KillableServer {
  readonly url: string;
  readonly port: number;
  /** Absent if the server asks for no credential. */
  readonly login?: Login;
  /** Replicas of each stream; default 1. */
  readonly replicas?: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  cleanup(): Promise<void>;
}

export function serverHarness(startServer: () => Promise<KillableServer>): OpenHarness {
  return async () => {
    const server = await startServer();
    const { url, port, login, replicas = 1 } = server;
    const streams = streamsOf(replicas);
    const connected: Backbone[] = [];
    return {
      async connect(options = {}) {
        const backbone = await connectBackbone({
          url,
          name: "contract",
          streams,
          ...(login !== undefined && { login: () => ({ user: login.user, password: login.pass }) }),
          ...options,
        });
        connected.push(backbone);
        return backbone;
      },
      away: () => server.kill(),
      back: () => server.start(),
      full: () => limitFleet(port, ({ state }) => state.bytes + 1, login),
      room: () => limitFleet(port, () => 256 * MIB, login),
      async storeForeign(subject, payload) {
        const [backbone] = connected;
        const before = await backbone?.log.state("FLEET");
        await publishRaw(port, subject, payload, login);
        while ((await backbone?.log.state("FLEET"))?.lastSeq === before?.lastSeq);
      },
      async close() {
        await Promise.all(connected.map((backbone) => backbone.close({ timeoutMs: 100 })));
        await server.cleanup();
      },
    };
  };
}
