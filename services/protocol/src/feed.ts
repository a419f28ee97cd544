import Type, { type TSchema } from "typebox";
import type { TopicName } from "./views/index.ts";
import type { FeedTopic } from "./views/view.ts";

/** Where browsers get live changes: JSON-RPC over WebSocket (rpc-websockets), signed in by cookie or bearer token. */
export const FEED_PATH = "/live";

export const FEED_METHODS = { watch: "feed.watch", unwatch: "feed.unwatch" } as const;
/** The event that says what changed: one parameter, a {@link FeedChange}. */
export const FEED_EVENT = "changed";

/** The event that says how the log is: one parameter, a {@link FeedLog}; once a connection opens, and whenever it changes. */
export const FEED_LOG_EVENT = "log";
/** The key by which a watch of one `device` is told that its row in the views has changed. */
export const FEED_VIEWS = "views";

/** What a browser asks to watch: a topic, and for `rows` perhaps only some of them. */
export type WatchRequest =
  | { topic: TopicName<"rows">; keys?: string[] }
  | { topic: TopicName<"whole"> }
  | { topic: TopicName<"device">; id: string };

/** What the watch of a topic may say, by the topic's kind. */
export const WATCHES = {
  rows: Type.Object({
    topic: Type.String(),
    /** Only these rows; without, any row. */
    keys: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 500 })),
  }),
  whole: Type.Object({ topic: Type.String() }),
  device: Type.Object({ topic: Type.String(), id: Type.String({ maxLength: 128 }) }),
} as const satisfies Readonly<Record<FeedTopic["kind"], TSchema>>;

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
