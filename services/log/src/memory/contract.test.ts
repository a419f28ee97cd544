import { describeBackboneContract } from "../contract/index.ts";
import { MemoryServer, memoryBackbone } from "./index.ts";

let foreign = 0;

describeBackboneContract("memory", async () => {
  const server = new MemoryServer();
  const connected = [memoryBackbone({ server })];
  return {
    async connect(options = {}) {
      const backbone = memoryBackbone({ server, ...options });
      connected.push(backbone);
      return backbone;
    },
    away: async () => connected[0]?.away(),
    back: async () => connected[0]?.back(),
    full: async () => connected[0]?.full(),
    room: async () => connected[0]?.room(),
    async storeForeign(subject, json) {
      server.stream("FLEET").append({ id: `foreign-${foreign++}`, subject, json, expectedLastSeq: undefined });
      server.changed();
    },
    async close() {
      await Promise.all(connected.map((backbone) => backbone.close()));
    },
  };
});
