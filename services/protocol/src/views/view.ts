import type { Action } from "@fleetlog/domain";
import type { TSchema } from "typebox";

/** What a view can be asked, and what browsers can watch of it. Each view has one file of this shape. */
export interface ViewSchema {
  readonly queries: Readonly<Record<string, QuerySchema>>;
  readonly topics: Readonly<Record<string, FeedTopic>>;
}

export interface QuerySchema {
  readonly params: TSchema;
  readonly result: TSchema;
}

/** A topic of the live feed. */
export interface FeedTopic {
  /** What somebody does that watches it. */
  readonly action: Action;
  /**
   * `rows`: which rows changed, all of them or only those that the watch names. `whole`: that something changed. `device`:
   * all that happens to one device, its own events included, by category: `telemetry`, `session`, `command`, …
   */
  readonly kind: "rows" | "whole" | "device";
  /** The projections whose changes count, by the `<view>` of `changed.<view>`. */
  readonly projections: readonly string[];
  /** Bus subjects whose messages count as changes too. */
  readonly messages?: readonly string[];
  /** Milliseconds between two hints to one watcher, at least. */
  readonly everyMs: number;
}
