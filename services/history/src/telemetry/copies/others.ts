import { encodeToken } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS, type HistorianHeartbeat, heartbeatSubject } from "@fleetlog/protocol";
import {
  checkChunk,
  checkPartPage,
  type ListRequest,
  listSubject,
  type OfferedPart,
  type ReadRequest,
  readSubject,
} from "./messages.ts";

/** Another historian, from whose archive parts can be copied. */
export interface Other {
  readonly id: string;
  /** Its parts that overlap the requested sequences, highest first. The newest may still grow. */
  list(request: ListRequest): AsyncGenerator<OfferedPart>;
  /** The bytes from an offset on, some at a time; none at the end of the file. */
  read(request: ReadRequest): Promise<Buffer>;
}

const MOST = 32;
const SILENT_MS = 5 * HEARTBEAT_INTERVAL_MS;

/** The other historians whose heartbeats are heard. */
export class OtherHistorians {
  readonly #bus: Bus;
  readonly #heard = new Map<string, number>();
  readonly #stop: () => void;

  constructor(bus: Bus, ownId: string) {
    this.#bus = bus;
    const { stop } = bus.subscribe(heartbeatSubject("historian", "*"), ({ data }) => {
      const { id } = (data ?? {}) as Partial<HistorianHeartbeat>;
      if (typeof id !== "string" || id === ownId) return;
      if (this.#heard.has(id) || this.#heard.size < MOST) this.#heard.set(id, performance.now());
    });
    this.#stop = stop;
  }

  all(): readonly Other[] {
    const since = performance.now() - SILENT_MS;
    for (const [id, at] of this.#heard) if (at < since) this.#heard.delete(id);
    return [...this.#heard.keys()].map((id) => this.#other(id));
  }

  stop(): void {
    this.#stop();
  }

  #other(id: string): Other {
    const bus = this.#bus;
    const token = encodeToken(id);
    return {
      id,
      async *list({ from, to }) {
        let last = to;
        while (last >= from) {
          const { parts, more } = checkPartPage(await bus.request(listSubject(token), { from, to: last }));
          yield* parts;
          const lowest = parts.at(-1)?.firstSeq;
          if (!more || lowest === undefined || lowest > last) return;
          last = lowest - 1;
        }
      },
      async read(request) {
        return Buffer.from(checkChunk(await bus.request(readSubject(token), request)).base64, "base64");
      },
    };
  }
}
