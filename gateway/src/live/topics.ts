import { type Action, DEVICE_CATEGORIES, FleetError, parseDeviceId } from "@fleetlog/domain";
import { type Check, checker, FEED_TOPICS, FEED_VIEWS, type FeedTopic, WATCHES } from "@fleetlog/protocol";
import type { Hint } from "./coalescer.ts";
import type { HintSources, Listener } from "./hint-sources.ts";

/** What one browser watches. */
export interface Topic {
  readonly action: Action;
  readonly device?: string;
  readonly everyMs: number;
  /** Counts towards the limit of keys that one connection watches. */
  readonly size: number;
  /**
   * Returns a function that ends the subscription.
   * @param limited the viewer's scope is limited: every change of a list gives a hint without keys
   */
  subscribe(sources: HintSources, listener: Listener, limited: boolean): () => void;
}

type Kind = (topic: FeedTopic, request: unknown) => Topic;

const KINDS: Readonly<Record<FeedTopic["kind"], Kind>> = {
  rows: checked(checker(WATCHES.rows, "params"), rows),
  whole: checked(checker(WATCHES.whole, "params"), whole),
  device: checked(checker(WATCHES.device, "params"), device),
};

/** @throws FleetError `invalid-request` with the field */
export function topicOf(params: unknown): Topic {
  const name = (params as { topic?: unknown } | null | undefined)?.topic;
  const topic = typeof name === "string" ? FEED_TOPICS.get(name) : undefined;
  if (topic !== undefined) return KINDS[topic.kind](topic, params);
  throw new FleetError("invalid-request", "there is no such topic to watch", {
    field: "topic",
    advice: `There are ${[...FEED_TOPICS.keys()].join(", ")}.`,
  });
}

function checked<Request>(check: Check<Request>, watched: (topic: FeedTopic, request: Request) => Topic): Kind {
  return (topic, params) => {
    const request = check(params);
    if (!request.ok) throw new FleetError("invalid-request", request.message, { field: request.field });
    return watched(topic, request.value);
  };
}

function rows({ action, projections, everyMs }: FeedTopic, { keys }: { keys?: string[] }): Topic {
  const wanted = keys === undefined ? undefined : new Set(keys);
  return {
    action,
    everyMs,
    size: wanted?.size ?? 0,
    subscribe(sources, listener, limited) {
      if (limited) return sources.rows(projections, withoutKeys(listener));
      const narrowed = wanted === undefined ? listener : (hint: Hint) => narrow(hint, wanted, listener);
      return sources.rows(projections, narrowed);
    },
  };
}

function withoutKeys(listener: Listener): Listener {
  return (hint) => listener({ ...hint, keys: null });
}

function narrow(hint: Hint, wanted: ReadonlySet<string>, listener: Listener): void {
  if (hint.keys === null) {
    listener(hint);
    return;
  }
  const keys = hint.keys.filter((key) => wanted.has(key));
  if (keys.length > 0) listener({ ...hint, keys });
}

function whole({ action, projections, messages = [], everyMs }: FeedTopic): Topic {
  return {
    action,
    everyMs,
    size: 0,
    subscribe(sources, listener) {
      const any = withoutKeys(listener);
      return all([sources.rows(projections, any), ...messages.map((subject) => sources.messages(subject, any))]);
    },
  };
}

/** Number of keys of a device's topic: all categories of a device, `access` and {@link FEED_VIEWS}. */
const DEVICE_KEYS = DEVICE_CATEGORIES.length + 2;

function device({ action, projections, everyMs }: FeedTopic, request: { id: string }): Topic {
  const id = parseDeviceId(request.id);
  return {
    action,
    device: id,
    everyMs,
    size: DEVICE_KEYS,
    subscribe(sources, listener) {
      const views = (hint: Hint) => {
        if (hint.keys === null || hint.keys.includes(id)) listener({ ...hint, keys: [FEED_VIEWS] });
      };
      return all([sources.events(id, listener), sources.rows(projections, views)]);
    },
  };
}

function all(ends: readonly (() => void)[]): () => void {
  return () => {
    for (const end of ends) end();
  };
}
