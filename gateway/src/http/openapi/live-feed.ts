import {
  FEED_EVENT,
  FEED_LOG_EVENT,
  FEED_METHODS,
  FEED_TOPICS,
  FEED_VIEWS_EVENT,
  FeedChange,
  FeedLog,
  FeedViews,
  WATCHES,
} from "@fleetlog/protocol";
import type { OpenAPIV3_1 } from "openapi-types";
import Type from "typebox";
import type { RouteInfo } from "./operations.ts";

const topicsOf = (kind: string) => [...FEED_TOPICS].filter(([, topic]) => topic.kind === kind).map(([name]) => name);
const topic = (kind: string) => ({ topic: Type.Enum(topicsOf(kind)) });

export const FEED_SCHEMAS = {
  WatchRows: Type.Object({ ...WATCHES.rows.properties, ...topic("rows") }),
  WatchWhole: Type.Object({ ...WATCHES.whole.properties, ...topic("whole") }),
  WatchDevice: Type.Object({ ...WATCHES.device.properties, ...topic("device") }),
  FeedChange,
  FeedLog,
  FeedViews,
};

export const FEED_EXAMPLES = {
  WatchRows: { topic: "devices", keys: ["pump-7"] },
  WatchWhole: { topic: "summary" },
  WatchDevice: { topic: "device", id: "pump-7" },
  FeedChange: { watch: 1, seq: 118, keys: ["pump-7"] },
  FeedLog: { state: "ready", since: "2026-01-31T12:00:00.000Z" },
  FeedViews: { state: "current", since: "2026-01-31T12:00:00.000Z" },
};

export const FEED_TAG = { name: "live", description: "Hints about what has changed, sent at once over a WebSocket" };

export const LIVE_FEED_ROUTE: RouteInfo = {
  method: "GET",
  problems: ["upgrade-required", "forbidden"],
  hasLocation: false,
  hasEtag: false,
  open: false,
};

const link = (name: keyof typeof FEED_SCHEMAS) => `[${name}](#/components/schemas/${name})`;

/** OpenAPI can describe only the upgrade of the live feed. Its messages are named schemas. */
export function liveFeed(): OpenAPIV3_1.OperationObject {
  const watches = [
    `${topicsOf("rows").join(", ")} (${link("WatchRows")}): rows of a list, all or those of some keys`,
    `${topicsOf("whole").join(", ")} (${link("WatchWhole")}): always reload everything`,
    `${topicsOf("device").join(", ")} (${link("WatchDevice")}): a device; keys are categories of its events, or \`views\``,
  ];
  return {
    operationId: "openLiveFeed",
    summary: "Hints about what to reload, over a WebSocket",
    tags: [FEED_TAG.name],
    description: [
      "JSON-RPC 2.0 as the rpc-websockets library speaks it. A hint says what has changed, never how: load it again.",
      `Call \`${FEED_METHODS.watch}\` with one of these; the result is \`{"watch":<number>}\`:`,
      ...watches.map((watch) => `- ${watch}`),
      `\`${FEED_METHODS.unwatch}\` with \`{"watch":<number>}\` ends it. The gateway sends notifications with one parameter:`,
      `- \`${FEED_EVENT}\` (${link("FeedChange")}): reload what it names, or all that is shown if \`keys\` is null`,
      `- \`${FEED_LOG_EVENT}\` (${link("FeedLog")}): whether the gateway reaches the log; at the start and at every change`,
      `- \`${FEED_VIEWS_EVENT}\` (${link("FeedViews")}): whether lists and states are current; at the start and at every change`,
      "Browsers must send an `Origin` of these pages. The connection ends when the caller's token or session ends.",
    ].join("\n"),
    responses: { 101: { description: "" } },
  };
}
