import type { Action } from "@fleetlog/domain";
import type { TSchema } from "typebox";

export interface ViewSchema {
  readonly queries: Readonly<Record<string, QuerySchema>>;
  readonly topics: Readonly<Record<string, FeedTopic>>;
}

export interface QuerySchema {
  /**
   * People with the right to this action may make the query as of a moment. Null: only Fleetlog's processes make it.
   */
  readonly action: Action | null;
  readonly params: TSchema;
  readonly result: TSchema;
}

export interface FeedTopic {
  /** The viewer needs the right to this action. */
  readonly action: Action;
  /**
   * `rows`: hints name changed rows, limited to the watch's `keys`. `whole`: hints name no rows. `device`: hints for
   * one device name the categories of its events.
   */
  readonly kind: "rows" | "whole" | "device";
  readonly projections: readonly string[];
  /** Messages on these bus subjects trigger hints too. */
  readonly messages?: readonly string[];
  /** Least milliseconds between two hints to a viewer. */
  readonly everyMs: number;
}

/** Topics by name. @throws TypeError if two views have a topic of the same name */
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
