import { type Backbone, connectBackbone, declareStreams } from "@fleetlog/log";
import { describeBackboneContract } from "@fleetlog/log/contract";
import { startTestNats } from "../support/nats.ts";
import { publishRaw } from "../support/raw-nats.ts";

const MIB = 1024 * 1024;
const streams = declareStreams({
  FLEET: { maxBytes: 256 * MIB, replicas: 1 },
  TELEMETRY: { maxBytes: 64 * MIB, maxAgeMs: 86_400_000, replicas: 1 },
});

describeBackboneContract("JetStream", async () => {
  const nats = await startTestNats();
  const connected: Backbone[] = [];
  return {
    async connect(options = {}) {
      const backbone = await connectBackbone({ url: nats.url, name: "contract", streams, ...options });
      connected.push(backbone);
      return backbone;
    },
    away: () => nats.kill(),
    back: () => nats.start(),
    async storeForeign(subject, payload) {
      const [backbone] = connected;
      const before = await backbone?.log.state("FLEET");
      await publishRaw(nats.port, subject, payload);
      while ((await backbone?.log.state("FLEET"))?.lastSeq === before?.lastSeq);
    },
    async close() {
      await Promise.all(connected.map((backbone) => backbone.close({ timeoutMs: 100 })));
      await nats.cleanup();
    },
  };
});
