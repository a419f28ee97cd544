import Type, { type Static } from "typebox";
import { DEVICE_CATEGORIES } from "../categories.ts";
import { DefinitionId, ListDefinitionsQuery } from "./device-types.ts";
import type { ViewSchema } from "./view.ts";

export const ChannelFeed = Type.Object(
  {
    categories: Type.Optional(
      Type.Array(Type.Enum([...DEVICE_CATEGORIES]), {
        minItems: 1,
        maxItems: DEVICE_CATEGORIES.length,
        description: "Only events of these categories; default: all but telemetry",
      }),
    ),
    types: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        minItems: 1,
        maxItems: 64,
        description: "Only events of these types, such as `DeviceEventReported`",
      }),
    ),
    tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        minItems: 1,
        maxItems: 64,
        description: "Only events of devices that have one of these tags when the events are sent",
      }),
    ),
    after: Type.Optional(
      Type.Object(
        {
          FLEET: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
          TELEMETRY: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
        },
        {
          additionalProperties: false,
          description:
            "The feed starts after these log sequences (`seq` of an event in its `stream`); if a value changes, the events after it are sent again. Default: from now on",
        },
      ),
    ),
  },
  { additionalProperties: false, description: "Sends events of devices, in batches of CloudEvents" },
);

export const ChannelKind = Type.Enum(["email", "sms", "webhook"]);
export const SmsProvider = Type.Enum(["http", "twilio", "sns"]);

const limit = (description: string) => Type.Integer({ minimum: 1, maximum: 1_000_000, description });

/** The properties of a channel that are in the log. */
const common = {
  kind: ChannelKind,
  description: Type.Optional(Type.String({ maxLength: 512 })),
  provider: Type.Optional(SmsProvider),
  devices: Type.Optional(
    Type.Boolean({
      description: "Whether devices of the account may send messages through the channel; default: false",
    }),
  ),
  messagesPerDevice: Type.Optional(
    limit("Messages that one device may send through the channel in a day (UTC); default: 20 SMS or 100 emails"),
  ),
  messagesPerDay: Type.Optional(
    limit(
      "Messages that all devices together may send through the channel in a day (UTC); default: 200 SMS or 1,000 emails",
    ),
  ),
  events: Type.Optional(ChannelFeed),
};
export const ChannelCommon = Type.Object(common);

export const ChannelRecord = Type.Object({
  name: Type.String(),
  account: Type.String(),
  ...common,
  enabled: Type.Boolean(),
  settings: Type.String({ description: "Id of the channel's sealed settings" }),
  changedAt: Type.String(),
  changedBy: Type.String(),
  seq: Type.Integer(),
});
export type ChannelRecord = Static<typeof ChannelRecord>;

export const ChannelHealth = Type.Object({
  state: Type.Enum(["unused", "working", "failing"], { description: "`failing`: the last try failed" }),
  failures: Type.Integer({ description: "Failed tries since the last success" }),
  waiting: Type.Integer({ description: "Messages that wait to be sent" }),
  sent: Type.Integer(),
  givenUp: Type.Integer(),
  sentAt: Type.Optional(Type.String()),
  failedAt: Type.Optional(Type.String()),
  error: Type.Optional(Type.String({ description: "Why the last try failed" })),
  refusedAt: Type.Optional(Type.String({ description: "When a device was last refused for the first time in a day" })),
  refusal: Type.Optional(Type.String({ description: "Which limit that device had reached" })),
  /** The newest events that the channel's webhook got. */
  sentThrough: Type.Optional(Type.Record(Type.String(), Type.Integer())),
});
export type ChannelHealth = Static<typeof ChannelHealth>;

export const DeliveryState = Type.Enum(["waiting", "sent", "given-up", "refused"], {
  description: "`refused`: a device has reached a limit of the channel; at most one a day for each device",
});

export const DeliveryResource = Type.Object({
  id: Type.String(),
  channel: Type.String(),
  account: Type.String(),
  purpose: Type.Enum(["message", "test", "events"]),
  state: DeliveryState,
  attempts: Type.Integer({ description: "Number of tries" }),
  reason: Type.Optional(Type.String({ description: "Why the last try failed" })),
  device: Type.Optional(Type.String({ description: "The device that sent the message" })),
  events: Type.Optional(
    Type.Object(
      {
        stream: Type.Enum(["FLEET", "TELEMETRY"]),
        from: Type.Integer(),
        through: Type.Integer(),
        count: Type.Integer(),
      },
      {
        description: "The events in this delivery: those that match the filter, between two log sequences inclusively",
      },
    ),
  ),
  requestedAt: Type.String(),
  updatedAt: Type.String(),
  seq: Type.Integer({ description: "Sequence of the delivery's newest event in the stream DELIVERY" }),
});
export type DeliveryResource = Static<typeof DeliveryResource>;

export const DeliveryPage = Type.Object({
  items: Type.Array(DeliveryResource, { description: "The newest first" }),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type DeliveryPage = Static<typeof DeliveryPage>;

export const ListDeliveriesQuery = Type.Object(
  {
    state: Type.Optional(DeliveryState),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 512, description: "`next` of the page before" })),
    account: Type.Optional(
      Type.String({ maxLength: 128, description: "The channel's account; default: the caller's" }),
    ),
  },
  { additionalProperties: false },
);
export type ListDeliveriesQuery = Static<typeof ListDeliveriesQuery>;

const page = Type.Object({
  items: Type.Array(ChannelRecord),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});

export const channels = {
  queries: {
    "channels.list": { action: "channel.read", params: ListDefinitionsQuery, result: page },
    "channels.get": { action: "channel.read", params: DefinitionId, result: Type.Union([ChannelRecord, Type.Null()]) },
  },
  topics: {
    channels: { action: "channel.read", kind: "whole", projections: ["channels", "deliveries"], everyMs: 1_000 },
  },
} as const satisfies ViewSchema;

export const deliveries = {
  queries: {
    "deliveries.list": {
      action: "channel.read",
      params: Type.Object(
        { ...ListDeliveriesQuery.properties, channel: Type.String({ maxLength: 128 }) },
        { additionalProperties: false },
      ),
      result: DeliveryPage,
    },
    /** In the order of the request. */
    "channels.health": {
      action: null,
      params: Type.Object({ channels: Type.Array(DefinitionId, { maxItems: 200 }) }, { additionalProperties: false }),
      result: Type.Array(ChannelHealth),
    },
  },
  topics: {},
} as const satisfies ViewSchema;
