import type { RecordedEvent } from "@fleetlog/domain";
import type { Backbone } from "../backbone.ts";
import { encodeEvent } from "../encode.ts";
import { unreachable } from "../errors.ts";
import type { AppendWindow } from "../flow/admission.ts";
import { type Logger, silent } from "../logger.ts";
import { MemoryBuckets } from "./buckets.ts";
import { MemoryBus } from "./bus.ts";
import { MemoryLog } from "./log.ts";
import { MemoryServer, type MemoryServerOptions } from "./server.ts";

export { MemoryServer, type MemoryServerOptions };

export interface MemoryBackboneOptions extends MemoryServerOptions {
  /** Default: a new server. Several backbones on one server act as several processes. */
  readonly server?: MemoryServer;
  readonly window?: AppendWindow;
  readonly logger?: Logger;
}

/** A backbone in memory. Its simulated faults affect every backbone of the server. */
export interface MemoryBackbone extends Backbone {
  readonly server: MemoryServer;
  /** Makes the log unreachable: appends wait, reads reject, messages are lost. */
  away(): void;
  back(): void;
  /** Makes FLEET refuse new events. */
  full(): void;
  room(): void;
  /** Stores an event a second time, as gateways of earlier releases could. */
  repeat(event: RecordedEvent): void;
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
    logServer: { version: "memory", sync: undefined },
    async serverTime() {
      if (!open || !server.reachable) throw unreachable();
      return server.clock();
    },
    away: () => server.set({ reachable: false }),
    back: () => server.set({ reachable: true }),
    full: () => server.set({ hasSpace: false }),
    room: () => server.set({ hasSpace: true }),
    repeat({ seq, stream, ...event }) {
      const { id, subject } = event;
      const json = encodeEvent(event);
      server.stream(stream).append({ id: `${id} after ${seq}`, subject, json, expectedLastSeq: undefined });
      server.changed();
    },
    async close({ timeoutMs = 5_000 } = {}) {
      await log.close(timeoutMs);
      bus.close();
      open = false;
    },
  };
}
