import type { Action } from "@fleetlog/domain";
import type { TSchema } from "typebox";

/** The queries of a view, and its topics that browsers can watch. Each view has one file of this shape. */
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
  /** Action that a viewer must be allowed to perform. */
  readonly action: Action;
  /**
   * `rows`: hints name the changed rows, but only those in the watch's `keys` if it has any. `whole`: hints name no
   * rows. `device`: hints for one device; their keys are the categories of its own events: `telemetry`, `session`,
   * `command`, …
   */
  readonly kind: "rows" | "whole" | "device";
  /** The projections whose changes trigger hints: `<projection>` in `changed.<projection>`. */
  readonly projections: readonly string[];
  /** Bus subjects whose messages also trigger hints. */
  readonly messages?: readonly string[];
  /** Minimum time in milliseconds between two hints to one viewer. */
  readonly everyMs: number;
}

/**
 * All topics, by name.
 * @throws TypeError if two views have a topic of the same name
 */
export function topicsOf(views: readonly ViewSchema[]): ReadonlyMap<string, FeedTopic> {
  const all = new Map<string, FeedTopic>();
  for (const { topics } of views) {
    for (const [name, topic] of Object.entries(topics)) {
      if (all.has(name)) throw new TypeError(`two topics of the views are named ${name}: give one another name`);
      all.set(name, topic);
    }
  }
  return all;
}
