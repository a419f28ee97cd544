import type { StreamName } from "@fleetlog/domain";
import Type, { type Static, type TSchema } from "typebox";
import type { TopicName } from "./views/index.ts";
import type { FeedTopic } from "./views/view.ts";

/** JSON-RPC over WebSocket (rpc-websockets), authenticated by cookie or bearer token. */
export const FEED_PATH = "/live";

export const FEED_METHODS = { watch: "feed.watch", unwatch: "feed.unwatch" } as const;
/** Event with a hint: {@link FeedChange}. */
export const FEED_EVENT = "changed";

/** Event with the state of the log: {@link FeedLog}, at the start and at every change. */
export const FEED_LOG_EVENT = "log";
/** Event with the state of the views: {@link FeedViews}, at the start and at every change. */
export const FEED_VIEWS_EVENT = "views";
/** Key in hints of a `device` watch: the device's row changed. */
export const FEED_VIEWS = "views";

/** `keys` limit a watch of kind `rows` to some rows. */
export type WatchRequest =
  | { topic: TopicName<"rows">; keys?: string[] }
  | { topic: TopicName<"whole"> }
  | { topic: TopicName<"device">; id: string };

export const WATCHES = {
  rows: Type.Object({
    topic: Type.String(),
    /** Default: all rows. */
    keys: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 500 })),
  }),
  whole: Type.Object({ topic: Type.String() }),
  device: Type.Object({ topic: Type.String(), id: Type.String({ maxLength: 128 }) }),
} as const satisfies Readonly<Record<FeedTopic["kind"], TSchema>>;

/** Hints carry the number of their watch. */
export interface WatchAnswer {
  readonly watch: number;
}

/** Sequences of streams other than FLEET. */
export type StreamSequences = Readonly<Partial<Record<StreamName, number>>>;

/** A hint to reload the rows or categories in `keys`. After a client has read too slowly, `keys` is null. */
export const FeedChange = Type.Object({
  watch: Type.Integer(),
  seq: Type.Integer({
    description:
      "FLEET sequence that the views have reached; a query of FLEET's views with this `atLeast` includes the change. 0: unknown",
  }),
  seqs: Type.Optional(
    Type.Unsafe<StreamSequences>(
      Type.Record(Type.String(), Type.Integer(), {
        description: "Sequences that views of other streams have reached, by stream",
      }),
    ),
  ),
  keys: Type.Union([Type.ReadonlyType(Type.Array(Type.String())), Type.Null()], {
    description:
      "Keys of the changed rows, or categories; null: reload everything shown (too many keys, a topic without keys, or changes that may have been missed)",
  }),
});
export type FeedChange = Readonly<Static<typeof FeedChange>>;

/**
 * The log as this gateway sees it. In any state but `ready`, nothing is recorded, and queries may fail. When the log is
 * `ready` again, everything shown must be reloaded.
 */
export const FeedLog = Type.Object({
  state: Type.Enum(["ready", "full", "away", "hung"], {
    description: "`full`: refuses new events; `away`: not reachable; `hung`: keeps its connections but does not answer",
  }),
  since: Type.String({ description: "RFC 3339" }),
});
export type FeedLog = Readonly<Static<typeof FeedLog>>;

/**
 * From the projectors' heartbeats. In any state but `current`, lists may be out of date. When the views are `current`
 * again, everything shown must be reloaded.
 */
export const FeedViews = Type.Object({
  state: Type.Enum(["current", "behind", "building", "away"], {
    description:
      "`behind`: they do not follow the log; `building`: no projector has finished building them; `away`: no projector is heard",
  }),
  since: Type.String({ description: "RFC 3339; when `away`, the time of the last heartbeat" }),
});
export type FeedViews = Readonly<Static<typeof FeedViews>>;
