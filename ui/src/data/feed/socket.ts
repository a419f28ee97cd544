import type {
  FEED_EVENT,
  FEED_LOG_EVENT,
  FEED_METHODS,
  FEED_PATH,
  FeedChange,
  FeedLog,
  WatchAnswer,
  WatchRequest,
} from "@fleetlog/protocol";
import { Client } from "rpc-websockets";

// Only the types of the protocol's constants are imported: their values would bring the schema library into the bundle.
const PATH: typeof FEED_PATH = "/live";
const METHODS: typeof FEED_METHODS = { watch: "feed.watch", unwatch: "feed.unwatch" };
const EVENT: typeof FEED_EVENT = "changed";
const LOG_EVENT: typeof FEED_LOG_EVENT = "log";

const OPEN_MS = 10_000;
const CALL_MS = 10_000;
/** A call at this interval detects a connection that was lost without being closed. */
const PROBE_MS = 20_000;

export interface SocketEvents {
  opened(): void;
  changed(change: FeedChange): void;
  /** After opening, and on every change. */
  log(log: FeedLog): void;
  /** Once, for whatever reason, even if it never opened. */
  ended(): void;
}

/**
 * One connection to the feed. The library's own reconnecting is off, its calls have time-outs, and a connection that has
 * ended is not used again.
 */
export class FeedSocket {
  readonly #client: Client;
  readonly #events: SocketEvents;
  readonly #opening: ReturnType<typeof setTimeout>;
  #probing: ReturnType<typeof setInterval> | undefined;
  #over = false;

  constructor(events: SocketEvents) {
    this.#events = events;
    const { protocol, host } = window.location;
    this.#client = new Client(`${protocol === "https:" ? "wss:" : "ws:"}//${host}${PATH}`, {
      autoconnect: false,
      reconnect: false,
    });
    this.#client.on("open", () => this.#opened());
    this.#client.on("error", () => this.end());
    this.#client.on("close", () => this.end());
    this.#client.on(EVENT, (change: FeedChange) => {
      if (!this.#over) events.changed(change);
    });
    this.#client.on(LOG_EVENT, (log: FeedLog) => {
      if (!this.#over) events.log(log);
    });
    this.#opening = setTimeout(() => this.end(), OPEN_MS);
    this.#client.connect();
  }

  async watch(request: WatchRequest): Promise<number> {
    const { watch } = (await this.#client.call(METHODS.watch, request, CALL_MS)) as WatchAnswer;
    return watch;
  }

  async unwatch(watch: number): Promise<void> {
    await this.#client.call(METHODS.unwatch, { watch }, CALL_MS);
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#opening);
    clearInterval(this.#probing);
    try {
      this.#client.close(1000);
    } catch {
      // It was closed already.
    }
    this.#events.ended();
  }

  /** Makes a call; the connection ends if there is no answer in time. */
  probe(): void {
    this.unwatch(0).catch((error: unknown) => {
      // The library rejects with an Error on a time-out, and with the JSON-RPC error object when the gateway answered.
      if (error instanceof Error) this.end();
    });
  }

  #opened(): void {
    if (this.#over) return;
    clearTimeout(this.#opening);
    this.#probing = setInterval(() => this.probe(), PROBE_MS);
    this.#events.opened();
  }
}
