import type { FeedChange, FeedLog, FeedViews, FEED_VIEWS as VIEWS, WatchRequest } from "@fleetlog/protocol";
import { Backoff } from "@fleetlog/runtime";
import { FeedSocket, type SocketEvents } from "./socket.ts";

export type { FeedLog, FeedViews, WatchRequest };

/**
 * In a watch on one device, this key in {@link Change.keys} means that the device's row in the views has changed. All other
 * keys there are event categories.
 */
export const FEED_VIEWS: typeof VIEWS = "views";

/**
 * `silent`: open, but the gateway does not answer. `waiting`: connection lost, next attempt at `retryAt` (ms since
 * 1970).
 */
export type FeedStatus =
  | { readonly state: "stopped" | "connecting" | "open" | "silent" }
  | { readonly state: "waiting"; readonly retryAt: number };

/**
 * `keys`: ids of the changed rows; in a watch on one device, event categories and {@link FEED_VIEWS}. null: anything may
 * have changed (after a gap or too many changes, or in a new watch).
 */
export interface Change {
  readonly keys: readonly string[] | null;
  /** FLEET sequence of the change; 0: unknown. */
  readonly seq: number;
}

export interface Watch {
  change(request: WatchRequest): void;
  end(): void;
}

interface Watcher {
  request: WatchRequest;
  readonly onChange: (change: Change) => void;
  /** The gateway's number for this watch on the current connection. */
  number: number | undefined;
  /**
   * Changes with each request, and when the watch is released or the connection is lost. An answer to a request of an
   * earlier round comes too late: the watch that it names is ended.
   */
  round: number;
}

export type Connector = (events: SocketEvents) => Pick<FeedSocket, "watch" | "unwatch" | "probe" | "end">;

/** Delays are random up to the bound, so that browsers do not reconnect to a gateway all at once. */
const RECONNECTS = { firstMs: 500, longestMs: 15_000, jitter: "full" } as const;
/** JSON-RPC 2.0, 5.1. */
const INVALID_PARAMS = -32_602;
const EVERYTHING: Change = { keys: null, seq: 0 };

/**
 * All live changes over one connection, which reconnects until `stop`. After each connect, every watcher gets a change
 * with `keys: null`, because changes may have been missed.
 */
export class Feed extends EventTarget {
  readonly #connect: Connector;
  readonly #backoff = new Backoff(RECONNECTS);
  readonly #watchers = new Set<Watcher>();
  readonly #byNumber = new Map<number, Watcher>();
  #socket: ReturnType<Connector> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #status: FeedStatus = { state: "stopped" };
  #log: FeedLog = { state: "ready", since: "" };
  #views: FeedViews = { state: "current", since: "" };

  constructor(connect: Connector = (events) => new FeedSocket(events)) {
    super();
    this.#connect = connect;
  }

  /** The event `status` reports changes. */
  get status(): FeedStatus {
    return this.#status;
  }

  /** Last report of the gateway; the event `log` reports changes. */
  get log(): FeedLog {
    return this.#log;
  }

  /** Last report of the gateway; the event `views` reports changes. */
  get views(): FeedViews {
    return this.#views;
  }

  start(): void {
    if (this.#status.state === "stopped") this.#open();
  }

  stop(): void {
    this.#become({ state: "stopped" });
    clearTimeout(this.#retry);
    this.#socket?.end();
  }

  /** Reconnects now; probes an open connection. */
  nudge(): void {
    if (this.#status.state === "waiting") this.#open();
    else if (this.#isOpen) this.#socket?.probe();
  }

  watch(request: WatchRequest, onChange: (change: Change) => void): Watch {
    const watcher: Watcher = { request, onChange, round: 0, number: undefined };
    this.#watchers.add(watcher);
    this.#establish(watcher);
    return {
      change: (next) => {
        this.#release(watcher);
        watcher.request = next;
        this.#establish(watcher);
      },
      end: () => {
        this.#watchers.delete(watcher);
        this.#release(watcher);
      },
    };
  }

  #open(): void {
    clearTimeout(this.#retry);
    this.#become({ state: "connecting" });
    this.#socket = this.#connect({
      opened: () => {
        this.#backoff.succeeded();
        this.#become({ state: "open" });
        for (const watcher of this.#watchers) this.#establish(watcher);
      },
      changed: (change) => this.#changed(change),
      log: (log) => this.#logIs(log),
      views: (views) => this.#viewsAre(views),
      silent: (silent) => this.#silentIs(silent),
      ended: () => this.#ended(),
    });
  }

  #ended(): void {
    this.#socket = undefined;
    this.#byNumber.clear();
    for (const watcher of this.#watchers) this.#forget(watcher);
    if (this.#status.state === "stopped") return;
    const delay = this.#backoff.failed();
    this.#become({ state: "waiting", retryAt: Date.now() + delay });
    this.#retry = setTimeout(() => this.#open(), delay);
  }

  #changed({ watch, keys, seq }: FeedChange): void {
    this.#byNumber.get(watch)?.onChange({ keys, seq });
  }

  /** Notes the log's state. While the log was unavailable, changes may have been missed. */
  #logIs(log: FeedLog): void {
    const back = this.#log.state !== "ready" && log.state === "ready";
    this.#log = log;
    this.dispatchEvent(new Event("log"));
    if (back) this.#reload();
  }

  /** Notes the views' state. While the views were out of date, changes may have been missed. */
  #viewsAre(views: FeedViews): void {
    const back = this.#views.state !== "current" && views.state === "current";
    this.#views = views;
    this.dispatchEvent(new Event("views"));
    if (back) this.#reload();
  }

  #reload(): void {
    for (const { onChange, number } of this.#byNumber.values()) if (number !== undefined) onChange(EVERYTHING);
  }

  #silentIs(silent: boolean): void {
    if (this.#isOpen && silent !== (this.#status.state === "silent"))
      this.#become({ state: silent ? "silent" : "open" });
  }

  get #isOpen(): boolean {
    const { state } = this.#status;
    return state === "open" || state === "silent";
  }

  #establish(watcher: Watcher): void {
    const socket = this.#socket;
    if (socket === undefined || !this.#isOpen) return;
    const round = ++watcher.round;
    socket.watch(watcher.request).then(
      (number) => {
        if (watcher.round !== round || !this.#watchers.has(watcher)) return void socket.unwatch(number).catch(ignore);
        watcher.number = number;
        this.#byNumber.set(number, watcher);
        watcher.onChange(EVERYTHING);
      },
      // Without the watch, the page would be out of date unnoticed: reconnect. A reconnect does not help against
      // invalid parameters (an impossible device id); the page shows this error itself.
      (refusal: unknown) => {
        if (watcher.round === round && (refusal as { code?: unknown }).code !== INVALID_PARAMS) socket.end();
      },
    );
  }

  #release(watcher: Watcher): void {
    const { number } = watcher;
    this.#forget(watcher);
    if (number === undefined) return;
    this.#byNumber.delete(number);
    this.#socket?.unwatch(number).catch(ignore);
  }

  #forget(watcher: Watcher): void {
    watcher.round++;
    watcher.number = undefined;
  }

  #become(status: FeedStatus): void {
    this.#status = status;
    this.dispatchEvent(new Event("status"));
  }
}

function ignore(): void {}

export const feed = new Feed();
