import type { DeviceCategory } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { EVENT_CATEGORIES } from "../categories.ts";

export type { DeviceCategory };

/** A CloudEvent 1.0 in JSON, with its position in the log. */
export const EventResource = Type.Object(
  {
    specversion: Type.Literal("1.0"),
    id: Type.String(),
    source: Type.String(),
    type: Type.String(),
    subject: Type.String(),
    time: Type.String(),
    data: Type.Unknown(),
    seq: Type.Integer({ description: "Sequence in its stream" }),
    stream: Type.String(),
  },
  { additionalProperties: true },
);
export type EventResource = Static<typeof EventResource>;

export const ListEventsQuery = Type.Object(
  {
    order: Type.Optional(Type.Enum(["asc", "desc"], { default: "asc" })),
    from: Type.Optional(Type.String({ maxLength: 128, description: "`next` of the page before, or a log sequence" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    category: Type.Optional(
      Type.Enum([...EVENT_CATEGORIES], {
        description: "Only events of this category; a device has no events of some categories",
      }),
    ),
    since: Type.Optional(Type.String({ format: "date-time", description: "Only events at or after this moment" })),
    until: Type.Optional(Type.String({ format: "date-time", description: "Only events before this moment" })),
    with: Type.Optional(
      Type.Enum(["gateways"], {
        description:
          "Also events of gateways that ended a session of the device; only without a category or with `session`",
      }),
    ),
  },
  { additionalProperties: false },
);
export type ListEventsQuery = Static<typeof ListEventsQuery>;

export const EventPage = Type.Object({
  items: Type.Array(EventResource),
  next: Type.Union([Type.String(), Type.Null()]),
});
export type EventPage = Static<typeof EventPage>;
