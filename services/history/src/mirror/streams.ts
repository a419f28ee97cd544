import { setTimeout } from "node:timers/promises";
import { pauseAfter } from "@fleetlog/runtime";
import { LRUCache } from "lru-cache";
import { MirrorError, type NewEvent, Overtaken, type Target } from "./target.ts";

/** KurrentDB takes 1 MiB in one append by default. */
const APPEND_BYTES = 512 * 1024;
const APPEND_EVENTS = 250;
/** Maximum number of streams whose last event is kept in memory. The last event of any other stream is read again. */
const MOST_KNOWN = 100_000;
const RETRIES = { firstMs: 200, longestMs: 5_000, jitter: "full" } as const;

export interface Entry {
  /** Its sequence in FLEET, which is also in its metadata. */
  readonly seq: number;
  readonly bytes: number;
  readonly event: NewEvent;
}

/** The last event of a stream of the target. */
interface Known {
  readonly revision: bigint | undefined;
  readonly seq: number;
}

export interface StreamsOptions {
  readonly target: Target;
  /** Identifies the log: `log` in the metadata of each event. */
  readonly log: string;
  readonly signal: AbortSignal;
  /** Milliseconds that the target may be away; undefined: for ever. */
  readonly patienceMs: number | undefined;
  readonly onWaiting: (error: unknown) => void;
}

/**
 * Appends to the streams of the target. All state is in the target: a stream's last event shows up to which sequence
 * the stream is complete, and the expected revision prevents that an event is appended twice.
 */
export class TargetStreams {
  readonly #options: StreamsOptions;
  readonly #known = new LRUCache<string, Known>({ max: MOST_KNOWN });

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /**
   * Appends the entries that the stream does not have yet.
   * @param entries in the order of their sequences
   * @returns the number of appended entries
   */
  async write(stream: string, entries: readonly Entry[]): Promise<number> {
    const { target } = this.#options;
    let known = this.#known.get(stream) ?? (await this.#read(stream));
    let written = 0;
    const patience = this.#patience();
    for (;;) {
      const part = firstPart(entries.filter(({ seq }) => seq > known.seq));
      const last = part.at(-1);
      if (last === undefined) break;
      const before = known;
      try {
        const events = part.map(({ event }) => event);
        known = { revision: await target.append(stream, events, before.revision), seq: last.seq };
      } catch (error) {
        if (error instanceof MirrorError) throw error;
        // The append may be stored although its answer was lost.
        known = await this.#read(stream);
        if (error instanceof Overtaken && known.revision === before.revision)
          throw new MirrorError(`events of ${stream} were removed in the target; give another --prefix`);
        if (!(error instanceof Overtaken) && known.seq === before.seq) await patience.failed(error);
      }
      if (known.seq === before.seq) continue;
      patience.renew();
      written += part.filter(({ seq }) => seq <= known.seq).length;
    }
    this.#known.set(stream, known);
    return written;
  }

  /** Tries again while the target is away. */
  async retried<T>(task: () => Promise<T>): Promise<T> {
    const patience = this.#patience();
    for (;;) {
      try {
        return await task();
      } catch (error) {
        if (error instanceof MirrorError) throw error;
        await patience.failed(error);
      }
    }
  }

  async #read(stream: string): Promise<Known> {
    const last = await this.retried(() => this.#options.target.last(stream));
    if (last === undefined) return { revision: undefined, seq: 0 };
    const { log, seq } = (last.metadata ?? {}) as { readonly log?: unknown; readonly seq?: unknown };
    if (log !== this.#options.log || typeof seq !== "number")
      throw new MirrorError(
        `the stream ${stream} of the target has events that are not of this installation; give another --prefix`,
      );
    return { revision: last.revision, seq };
  }

  #patience(): { failed(error: unknown): Promise<void>; renew(): void } {
    const { signal, onWaiting, patienceMs = Number.POSITIVE_INFINITY } = this.#options;
    let since: number | undefined;
    let failures = 0;
    return {
      async failed(error) {
        since ??= performance.now();
        if (performance.now() - since > patienceMs) throw away(error);
        failures += 1;
        onWaiting(error);
        await setTimeout(pauseAfter(failures, RETRIES), undefined, { signal });
      },
      renew() {
        since = undefined;
        failures = 0;
      },
    };
  }
}

function firstPart(entries: readonly Entry[]): readonly Entry[] {
  let bytes = 0;
  const end = entries.findIndex((entry, at) => {
    bytes += entry.bytes;
    return at > 0 && (bytes > APPEND_BYTES || at >= APPEND_EVENTS);
  });
  return end < 0 ? entries : entries.slice(0, end);
}

function away(error: unknown): MirrorError {
  const message = error instanceof Error ? error.message : String(error);
  return new MirrorError(
    `the KurrentDB of --to can't be reached: ${message}. Check that it runs at this address and port, and that it uses TLS as the connection string says (?tls=false for a server without TLS). What is missing will be appended by the next run.`,
  );
}
