import { encodeToken, FleetError, parseDeviceId } from "@fleetlog/domain";
import { type Check, checker, FEED_VIEWS, heartbeatSubject, WatchRequest } from "@fleetlog/protocol";
import type { Hint } from "./coalescer.ts";
import type { Listener, Sources, View } from "./sources.ts";

/** A topic that somebody watches. */
export interface Topic {
  /** How often the watcher is told, at most. */
  readonly everyMs: number;
  /** Rows by id that it remembers for the watcher. */
  readonly size: number;
  /** Begins to tell; returns the way to end it. */
  listen(sources: Sources, listener: Listener): () => void;
}

const ROWS_EVERY_MS = 250;
/** A summary is read as a whole each time. */
const SUMMARY_EVERY_MS = 500;
const SYSTEM_EVERY_MS = 2_000;

/** A device's row is made of both. */
const DEVICE_VIEWS: readonly View[] = ["registry", "status"];

const [Rows, Whole, OneDevice] = WatchRequest.anyOf;
const checks = new Map<string, Check<WatchRequest>>([
  ["devices", checker(Rows, "params")],
  ["commands", checker(Rows, "params")],
  ["summary", checker(Whole, "params")],
  ["system", checker(Whole, "params")],
  ["device", checker(OneDevice, "params")],
]);

/** @throws FleetError `invalid-request` that names the field */
export function topicOf(params: unknown): Topic {
  const name = (params as { topic?: unknown } | null | undefined)?.topic;
  const check = typeof name === "string" ? checks.get(name) : undefined;
  if (check === undefined) {
    throw new FleetError("invalid-request", "topic is none that can be watched", {
      field: "topic",
      advice: `There are ${[...checks.keys()].join(", ")}.`,
    });
  }
  const checked = check(params);
  if (!checked.ok) throw new FleetError("invalid-request", checked.message, { field: checked.field });
  const request = checked.value;
  switch (request.topic) {
    case "devices":
      return rows(DEVICE_VIEWS, request.keys);
    case "commands":
      return rows(["commands"], request.keys);
    case "summary":
      return whole(SUMMARY_EVERY_MS, (sources, listener) => [sources.views([...DEVICE_VIEWS, "commands"], listener)]);
    case "system":
      return whole(SYSTEM_EVERY_MS, (sources, listener) => [
        sources.views(["gateways"], listener),
        sources.messages(heartbeatSubject("*", "*"), listener),
      ]);
    case "device":
      return device(parseDeviceId(request.id));
  }
}

function rows(views: readonly View[], keys: readonly string[] | undefined): Topic {
  const wanted = keys === undefined ? undefined : new Set(keys);
  return {
    everyMs: ROWS_EVERY_MS,
    size: wanted?.size ?? 0,
    listen(sources, listener) {
      const narrowed = wanted === undefined ? listener : (hint: Hint) => narrow(hint, wanted, listener);
      return sources.views(views, narrowed);
    },
  };
}

function narrow(hint: Hint, wanted: ReadonlySet<string>, listener: Listener): void {
  if (hint.keys === null) {
    listener(hint);
    return;
  }
  const keys = hint.keys.filter((key) => wanted.has(key));
  if (keys.length > 0) listener({ ...hint, keys });
}

function whole(everyMs: number, begin: (sources: Sources, listener: Listener) => (() => void)[]): Topic {
  return {
    everyMs,
    size: 0,
    listen: (sources, listener) => all(begin(sources, (hint) => listener({ ...hint, keys: null }))),
  };
}

/** As many as there are categories of a device's events, and the views. */
const DEVICE_KEYS = 8;

/** All that happens to one device: its own events as they come, and what the views make of events of others. */
function device(id: string): Topic {
  return {
    everyMs: ROWS_EVERY_MS,
    size: DEVICE_KEYS,
    listen(sources, listener) {
      const ofIt = (hint: Hint) => {
        if (hint.keys === null || hint.keys.includes(id)) listener({ ...hint, keys: [FEED_VIEWS] });
      };
      return all([sources.events(`fleet.*.${encodeToken(id)}`, listener), sources.views(DEVICE_VIEWS, ofIt)]);
    },
  };
}

function all(ends: readonly (() => void)[]): () => void {
  return () => {
    for (const end of ends) end();
  };
}
