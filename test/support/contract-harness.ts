import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import type { OpenHarness } from "@fleetlog/log/contract";
import { limitFleet } from "./limit-fleet.ts";
import { publishRaw } from "./raw-nats.ts";

const MIB = 1024 ** 2;
const streams = declareStreams({
  FLEET: { maxBytes: 256 * MIB, replicas: 1 },
  TELEMETRY: { maxBytes: 64 * MIB, maxAgeMs: 86_400_000, replicas: 1 },
});

/** A nats-server that a contract suite may kill and restart on the same address and store. */
export interface KillableServer {
  readonly url: string;
  readonly port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  cleanup(): Promise<void>;
}

/** The harness of the log's contract suite on real servers; each part starts a new server. */
export function serverHarness(startServer: () => Promise<KillableServer>): OpenHarness {
  return async () => {
    const server = await startServer();
    const connected: Backbone[] = [];
    return {
      async connect(options = {}) {
        const backbone = await connectBackbone({ url: server.url, name: "contract", streams, ...options });
        connected.push(backbone);
        return backbone;
      },
      away: () => server.kill(),
      back: () => server.start(),
      full: () => limitFleet(server.port, ({ state }) => state.bytes + 1),
      room: () => limitFleet(server.port, () => 256 * MIB),
      async storeForeign(subject, payload) {
        const [backbone] = connected;
        const before = await backbone?.log.state("FLEET");
        await publishRaw(server.port, subject, payload);
        while ((await backbone?.log.state("FLEET"))?.lastSeq === before?.lastSeq);
      },
      async close() {
        await Promise.all(connected.map((backbone) => backbone.close({ timeoutMs: 100 })));
        await server.cleanup();
      },
    };
  };
}
