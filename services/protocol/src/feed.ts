import Type, { type Static } from "typebox";

/** Where browsers get live changes: JSON-RPC over WebSocket (rpc-websockets), signed in by cookie or bearer token. */
export const FEED_PATH = "/live";

export const FEED_METHODS = { watch: "feed.watch", unwatch: "feed.unwatch" } as const;
/** The event that says what changed: one parameter, a {@link FeedChange}. */
export const FEED_EVENT = "changed";

/** The event that says how the log is: one parameter, a {@link FeedLog}; once a connection opens, and whenever it changes. */
export const FEED_LOG_EVENT = "log";
/** The key by which a watch of one `device` is told that its row in the views has changed. */
export const FEED_VIEWS = "views";

/**
 * What a browser can watch. `devices` and `commands` are rows by id; `summary` and `system` come as a whole; `device` is
 * all that happens to one device, by the category of what has happened: `telemetry`, `session`, `command`, …
 */
export const WatchRequest = Type.Union([
  Type.Object({
    topic: Type.Enum(["devices", "commands"]),
    /** Only these rows; without, any row. */
    keys: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 500 })),
  }),
  Type.Object({ topic: Type.Enum(["summary", "system"]) }),
  Type.Object({ topic: Type.Literal("device"), id: Type.String({ maxLength: 128 }) }),
]);
export type WatchRequest = Static<typeof WatchRequest>;

/** The answer to {@link FEED_METHODS.watch}: the number that its changes carry, and that ends it. */
export interface WatchAnswer {
  readonly watch: number;
}

/** A hint, at most a few a second for one watch: read again what it names. Whoever falls behind is told `keys: null`. */
export interface FeedChange {
  readonly watch: number;
  /** FLEET sequence that the views have: ask for `atLeast` this to be sure to see it. 0: not known. */
  readonly seq: number;
  /** Which rows, or categories; null = too many to name, or the topic has none: read all that is shown. */
  readonly keys: readonly string[] | null;
}

/**
 * How the log is, seen from this gateway. While it is not `ready` nothing new is recorded, and what is read may be old or
 * not be read at all; at its return all that is shown has to be read again.
 */
export interface FeedLog {
  /** `full`: it refuses new events; `away`: not reached; `hung`: it keeps its connections and answers nothing. */
  readonly state: "ready" | "full" | "away" | "hung";
  /** RFC 3339. */
  readonly since: string;
}
