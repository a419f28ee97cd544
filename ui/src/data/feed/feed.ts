import type { FeedChange, FeedLog, FEED_VIEWS as VIEWS, WatchRequest } from "@fleetlog/protocol";
import { retryDelay } from "./backoff.ts";
import { FeedSocket, type SocketEvents } from "./socket.ts";

export type { FeedLog, WatchRequest };

/** The key by which a watch of one device is told that its row has changed; the others are categories of events. */
export const FEED_VIEWS: typeof VIEWS = "views";

/** `waiting`: lost, and tried again at `retryAt` (ms since 1970). */
export type FeedStatus =
  | { readonly state: "stopped" | "connecting" | "open" }
  | { readonly state: "waiting"; readonly retryAt: number };

/** What a watcher is told. `keys`: which rows, or of one device which categories; null: read all that is shown, because of a gap, of a crowd, or of a fresh watch. */
export interface Change {
  readonly keys: readonly string[] | null;
  /** FLEET sequence that the change has reached; 0: not known. */
  readonly seq: number;
}

export interface Watch {
  /** Watches something else from now on. */
  change(request: WatchRequest): void;
  end(): void;
}

interface Watcher {
  request: WatchRequest;
  readonly tell: (change: Change) => void;
  /** The gateway's number for it on the present connection. */
  number: number | undefined;
  /** Which of its requests the number is for: a newer one makes it worthless. */
  round: number;
}

export type Connector = (events: SocketEvents) => Pick<FeedSocket, "watch" | "unwatch" | "probe" | "end">;

/** JSON-RPC 2.0, 5.1. */
const INVALID_PARAMS = -32_602;
const EVERYTHING: Change = { keys: null, seq: 0 };

/**
 * All live data of the page over one connection, which is made again for as long as it takes. Whoever watches is told to
 * read everything whenever its watch was (re)established: nothing that happened before is missed.
 */
export class Feed extends EventTarget {
  readonly #connect: Connector;
  readonly #watchers = new Set<Watcher>();
  readonly #byNumber = new Map<number, Watcher>();
  #socket: ReturnType<Connector> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #status: FeedStatus = { state: "stopped" };
  #log: FeedLog = { state: "ready", since: "" };

  constructor(connect: Connector = (events) => new FeedSocket(events)) {
    super();
    this.#connect = connect;
  }

  /** Changes are announced by the event `status`. */
  get status(): FeedStatus {
    return this.#status;
  }

  /** How the log was when the gateway last said so. Changes are announced by the event `log`. */
  get log(): FeedLog {
    return this.#log;
  }

  start(): void {
    if (this.#status.state === "stopped") this.#open();
  }

  stop(): void {
    this.#become({ state: "stopped" });
    clearTimeout(this.#retry);
    this.#socket?.end();
  }

  /** Does not wait for the next attempt; on an open connection, finds out whether it still lives. */
  nudge(): void {
    if (this.#status.state === "waiting") this.#open();
    else if (this.#status.state === "open") this.#socket?.probe();
  }

  watch(request: WatchRequest, tell: (change: Change) => void): Watch {
    const watcher: Watcher = { request, tell, round: 0, number: undefined };
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
        this.#attempt = 0;
        this.#become({ state: "open" });
        for (const watcher of this.#watchers) this.#establish(watcher);
      },
      changed: (change) => this.#changed(change),
      log: (log) => this.#logIs(log),
      ended: () => this.#ended(),
    });
  }

  #ended(): void {
    this.#socket = undefined;
    this.#byNumber.clear();
    for (const watcher of this.#watchers) this.#forget(watcher);
    if (this.#status.state === "stopped") return;
    const delay = retryDelay(this.#attempt++);
    this.#become({ state: "waiting", retryAt: Date.now() + delay });
    this.#retry = setTimeout(() => this.#open(), delay);
  }

  #changed({ watch, keys, seq }: FeedChange): void {
    this.#byNumber.get(watch)?.tell({ keys, seq });
  }

  /** Nobody knows what was missed while it was away. */
  #logIs(log: FeedLog): void {
    const back = this.#log.state !== "ready" && log.state === "ready";
    this.#log = log;
    this.dispatchEvent(new Event("log"));
    if (back) for (const { tell, number } of this.#byNumber.values()) if (number !== undefined) tell(EVERYTHING);
  }

  #establish(watcher: Watcher): void {
    const socket = this.#socket;
    if (socket === undefined || this.#status.state !== "open") return;
    const round = ++watcher.round;
    socket.watch(watcher.request).then(
      (number) => {
        if (watcher.round !== round || !this.#watchers.has(watcher)) return void socket.unwatch(number).catch(ignore);
        watcher.number = number;
        this.#byNumber.set(number, watcher);
        watcher.tell(EVERYTHING);
      },
      // Whatever the gateway has against it, a page that silently stays old is worse than a fresh connection. But what
      // can't be watched, such as an id that no device can have, never can be; its page says so by itself.
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
