import type { Backbone } from "../backbone.ts";
import type { AppendWindow } from "../flow/window.ts";
import { type Logger, silent } from "../logger.ts";
import { MemoryBuckets } from "./buckets.ts";
import { MemoryBus } from "./bus.ts";
import { MemoryLog } from "./log.ts";
import { MemoryServer, type MemoryServerOptions } from "./server.ts";

export { MemoryServer, type MemoryServerOptions };

export interface MemoryBackboneOptions extends MemoryServerOptions {
  /** The server to connect to: several backbones of one server are several processes. Default a new one. */
  readonly server?: MemoryServer;
  readonly window?: AppendWindow;
  readonly logger?: Logger;
}

/** All three ports in memory, with switches for the faults of the real ones. They throw for every backbone of its server. */
export interface MemoryBackbone extends Backbone {
  readonly server: MemoryServer;
  /** The log is not reached from now on: appends wait, reads reject, messages are lost. */
  away(): void;
  back(): void;
  /** FLEET refuses new events from now on. */
  full(): void;
  /** FLEET has room again. */
  room(): void;
}

export function memoryBackbone(options: MemoryBackboneOptions = {}): MemoryBackbone {
  const server = options.server ?? new MemoryServer(options);
  let open = true;
  const log = new MemoryLog(server, options.window);
  const bus = new MemoryBus(server, options.logger ?? silent);
  const buckets = new MemoryBuckets(server, () => open);
  return {
    server,
    log,
    bus,
    buckets,
    away: () => server.set({ reachable: false }),
    back: () => server.set({ reachable: true }),
    full: () => server.set({ room: false }),
    room: () => server.set({ room: true }),
    async close({ timeoutMs = 5_000 } = {}) {
      await log.close(timeoutMs);
      bus.close();
      open = false;
    },
  };
}
