import type {
  FEED_EVENT,
  FEED_LOG_EVENT,
  FEED_METHODS,
  FEED_PATH,
  FEED_VIEWS_EVENT,
  FeedChange,
  FeedLog,
  FeedViews,
  WatchAnswer,
  WatchRequest,
} from "@fleetlog/protocol";
import { Client } from "rpc-websockets";
import { basePath } from "../base.ts";

// Types only: the values of the protocol would bring the schema library into the bundle.
const PATH: typeof FEED_PATH = "/live";
const METHODS: typeof FEED_METHODS = { watch: "feed.watch", unwatch: "feed.unwatch" };
const EVENT: typeof FEED_EVENT = "changed";
const LOG_EVENT: typeof FEED_LOG_EVENT = "log";
const VIEWS_EVENT: typeof FEED_VIEWS_EVENT = "views";

const OPEN_MS = 10_000;
const CALL_MS = 10_000;
/** After this long without a message, a call tests whether the gateway still answers. */
const PROBE_MS = 3_000;
const HIDDEN_PROBE_MS = 20_000;
/** After this long without an answer, the page is not live; after {@link CALL_MS} the connection ends. */
const SILENT_MS = 3_000;

export interface SocketEvents {
  opened(): void;
  changed(change: FeedChange): void;
  /** Called after opening, and on every change. */
  log(log: FeedLog): void;
  /** Called after opening, and on every change. */
  views(views: FeedViews): void;
  /** Whether the gateway does not answer on an open connection. */
  silent(silent: boolean): void;
  /** Called once, also for a connection that never opened. */
  ended(): void;
}

/** One connection to the feed, without the library's reconnecting; unusable after its end. */
export class FeedSocket {
  readonly #client: Client;
  readonly #events: SocketEvents;
  readonly #opening: ReturnType<typeof setTimeout>;
  #probing: ReturnType<typeof setInterval> | undefined;
  /** Monotonic time of the gateway's last message. */
  #heard = performance.now();
  #probed: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(events: SocketEvents) {
    this.#events = events;
    const { protocol, host } = window.location;
    this.#client = new Client(`${protocol === "https:" ? "wss:" : "ws:"}//${host}${basePath}${PATH.slice(1)}`, {
      autoconnect: false,
      reconnect: false,
    });
    this.#client.on("open", () => this.#opened());
    this.#client.on("error", () => this.end());
    this.#client.on("close", () => this.end());
    const take = <T>(name: string, act: (message: T) => void): void => {
      this.#client.on(name, (message: T) => {
        if (this.#over) return;
        this.#hear();
        act(message);
      });
    };
    take(EVENT, (change: FeedChange) => events.changed(change));
    take(LOG_EVENT, (log: FeedLog) => events.log(log));
    take(VIEWS_EVENT, (views: FeedViews) => events.views(views));
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
    clearTimeout(this.#probed);
    try {
      this.#client.close(1000);
    } catch {}
    this.#events.ended();
  }

  /**
   * Calls the gateway. Without an answer, reports `silent` after {@link SILENT_MS} and ends the connection after {@link
   * CALL_MS}.
   */
  probe(): void {
    this.#probed ??= setTimeout(() => this.#events.silent(true), SILENT_MS);
    // No watch has the number 0, so the call changes nothing.
    this.unwatch(0).then(
      () => this.#hear(),
      (error: unknown) => {
        // The library rejects with an Error on a time-out, but with the JSON-RPC error object for an answer.
        if (error instanceof Error) this.end();
        else this.#hear();
      },
    );
  }

  #hear(): void {
    this.#heard = performance.now();
    clearTimeout(this.#probed);
    this.#probed = undefined;
    if (!this.#over) this.#events.silent(false);
  }

  #opened(): void {
    if (this.#over) return;
    clearTimeout(this.#opening);
    this.#hear();
    this.#probing = setInterval(() => {
      const wait = document.visibilityState === "visible" ? PROBE_MS : HIDDEN_PROBE_MS;
      if (this.#probed === undefined && performance.now() - this.#heard >= wait) this.probe();
    }, PROBE_MS / 3);
    this.#events.opened();
  }
}
