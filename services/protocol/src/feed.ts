import type { StreamName } from "@fleetlog/domain";
import Type, { type Static, type TSchema } from "typebox";
import type { TopicName } from "./views/index.ts";
import type { FeedTopic } from "./views/view.ts";

/** Path of the live feed: JSON-RPC over WebSocket (rpc-websockets), authenticated by cookie or bearer token. */
export const FEED_PATH = "/live";

export const FEED_METHODS = { watch: "feed.watch", unwatch: "feed.unwatch" } as const;
/** The event that carries a hint: one parameter, a {@link FeedChange}. */
export const FEED_EVENT = "changed";

/**
 * The event that carries the state of the log: one parameter, a {@link FeedLog}; sent when a connection opens and at
 * every change.
 */
export const FEED_LOG_EVENT = "log";
/**
 * The event that carries the state of the views: one parameter, a {@link FeedViews}; sent like {@link FEED_LOG_EVENT}.
 */
export const FEED_VIEWS_EVENT = "views";
/** Key in hints of a `device` watch: the device's row in the views changed. */
export const FEED_VIEWS = "views";

/** Parameters of a watch: a topic and, if its kind is `rows`, optionally the keys of some rows. */
export type WatchRequest =
  | { topic: TopicName<"rows">; keys?: string[] }
  | { topic: TopicName<"whole"> }
  | { topic: TopicName<"device">; id: string };

/** Schemas of the parameters of a watch, by the topic's kind. */
export const WATCHES = {
  rows: Type.Object({
    topic: Type.String(),
    /** Only these rows; default: all rows. */
    keys: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 500 })),
  }),
  whole: Type.Object({ topic: Type.String() }),
  device: Type.Object({ topic: Type.String(), id: Type.String({ maxLength: 128 }) }),
} as const satisfies Readonly<Record<FeedTopic["kind"], TSchema>>;

/** The answer to {@link FEED_METHODS.watch}: the number of the watch, which its hints carry. */
export interface WatchAnswer {
  readonly watch: number;
}

/** Sequences of streams other than FLEET. */
export type StreamSequences = Readonly<Partial<Record<StreamName, number>>>;

/**
 * A hint to reload the rows or categories in `keys`; at most a few hints a second for one watch. After back-pressure
 * `keys` is null.
 */
export const FeedChange = Type.Object({
  watch: Type.Integer(),
  seq: Type.Integer({
    description:
      "FLEET sequence that the views have reached; a query of FLEET's views with this `atLeast` includes the change. 0: unknown",
  }),
  /** Like `seq`, for views that are built from other streams; only if rows of such views changed. */
  seqs: Type.Optional(
    Type.Unsafe<StreamSequences>(
      Type.Record(Type.String(), Type.Integer(), { description: "The same for views of other streams, by stream" }),
    ),
  ),
  keys: Type.Union([Type.ReadonlyType(Type.Array(Type.String())), Type.Null()], {
    description:
      "Keys of the changed rows, or categories; null: reload everything shown (too many keys, or a topic without keys)",
  }),
});
export type FeedChange = Readonly<Static<typeof FeedChange>>;

/**
 * State of the log as seen by this gateway. While it is not `ready` nothing new is recorded, and queries may return old
 * data or fail. When it is `ready` again, everything shown must be reloaded.
 */
export const FeedLog = Type.Object({
  state: Type.Enum(["ready", "full", "away", "hung"], {
    description: "`full`: refuses new events; `away`: not reachable; `hung`: keeps its connections but does not answer",
  }),
  since: Type.String({ description: "RFC 3339" }),
});
export type FeedLog = Readonly<Static<typeof FeedLog>>;

/**
 * State of the views, from the heartbeats of the projectors. While they are not `current`, lists and states may be out
 * of date or can't be read. When they are `current` again, everything shown must be reloaded.
 */
export const FeedViews = Type.Object({
  state: Type.Enum(["current", "behind", "building", "away"], {
    description:
      "`behind`: they do not follow the log; `building`: no projector has finished building them; `away`: no projector is heard",
  }),
  since: Type.String({ description: "RFC 3339; when `away`, the time of the last heartbeat" }),
});
export type FeedViews = Readonly<Static<typeof FeedViews>>;
