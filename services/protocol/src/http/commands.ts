import Type, { type Static } from "typebox";
import { NAME_ACCEPTS, NAME_PATTERN } from "../device/reports.ts";

export const COMMAND_STATES = ["issued", "delivered", "completed", "failed", "expired", "cancelled"] as const;
export const CommandStateName = Type.Enum(COMMAND_STATES);
export type CommandStateName = (typeof COMMAND_STATES)[number];
/** What a list can be filtered by: `open` is issued or delivered, `ended` everything else. */
export const COMMAND_FILTER_STATES = [...COMMAND_STATES, "open", "ended"] as const;
export type CommandFilterState = (typeof COMMAND_FILTER_STATES)[number];

export const CommandResource = Type.Object({
  id: Type.String(),
  device: Type.String(),
  name: Type.String(),
  params: Type.Optional(Type.Unknown()),
  state: CommandStateName,
  issuedAt: Type.String(),
  issuedBy: Type.String(),
  reason: Type.Optional(Type.String()),
  deadline: Type.String(),
  correlationid: Type.Optional(Type.String()),
  seq: Type.Integer({ description: "Log sequence of its CommandIssued" }),
  epoch: Type.Optional(Type.Integer({ description: "The session that it was last delivered in" })),
  deliveries: Type.Integer(),
  deliveredAt: Type.Optional(Type.String()),
  endedAt: Type.Optional(Type.String()),
  endedBy: Type.Optional(Type.String()),
  endedSeq: Type.Optional(Type.Integer()),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(Type.Object({ code: Type.Union([Type.String(), Type.Integer()]), message: Type.String() })),
});
export type CommandResource = Static<typeof CommandResource>;

/** Of CommandIssued as JSON: the command must fit an answer of the views, which is one NATS message. */
export const MAX_COMMAND_BYTES = 512 * 1024;

export const IssueCommandBody = Type.Object(
  {
    name: Type.String({ pattern: NAME_PATTERN, accepts: NAME_ACCEPTS }),
    params: Type.Optional(Type.Unknown()),
    deadline: Type.Optional(
      Type.String({ maxLength: 64, description: "A moment (RFC 3339), or how long from now: `30s`, `10m`, `24h`" }),
    ),
    reason: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: false },
);
export type IssueCommandBody = Static<typeof IssueCommandBody>;

export const IssueCommandQuery = Type.Object(
  {
    wait: Type.Optional(
      Type.String({
        pattern: "^[0-9]{1,6}(ms|s|m)$",
        accepts: "a duration of at most 5m, such as 10s",
        description: "How long to wait for the command's end: `10s`; at most 5m",
      }),
    ),
  },
  { additionalProperties: false },
);
export type IssueCommandQuery = Static<typeof IssueCommandQuery>;

export const ListCommandsQuery = Type.Object(
  {
    device: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    state: Type.Optional(
      Type.Array(Type.Enum(COMMAND_FILTER_STATES), {
        minItems: 1,
        maxItems: COMMAND_FILTER_STATES.length,
        description: "Any of these, with commas between; `open` is issued or delivered, `ended` the rest",
      }),
    ),
    by: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: false },
);
export type ListCommandsQuery = Static<typeof ListCommandsQuery>;

export const CommandPage = Type.Object({
  items: Type.Array(CommandResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer({ description: "How many commands match, on all pages" }),
});
export type CommandPage = Static<typeof CommandPage>;
