import Type, { type Static } from "typebox";
import type { ViewSchema } from "./view.ts";

export const COMMAND_STATES = ["issued", "delivered", "completed", "failed", "expired", "cancelled"] as const;
export const CommandStateName = Type.Enum(COMMAND_STATES);
export type CommandStateName = (typeof COMMAND_STATES)[number];
/** `open` is issued or delivered, `ended` every other state. */
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
  seq: Type.Integer({ description: "Log sequence of the command's CommandIssued" }),
  epoch: Type.Optional(Type.Integer({ description: "The session in which the command was last delivered" })),
  deliveries: Type.Integer(),
  deliveredAt: Type.Optional(Type.String()),
  progress: Type.Optional(
    Type.Object(
      {
        percent: Type.Optional(Type.Number()),
        step: Type.Optional(Type.String()),
        message: Type.Optional(Type.String()),
        at: Type.String({ format: "date-time" }),
        seq: Type.Integer({ description: "Log sequence of the last CommandProgressed" }),
      },
      { description: "The progress that the device last reported" },
    ),
  ),
  endedAt: Type.Optional(Type.String()),
  endedBy: Type.Optional(Type.String()),
  endedSeq: Type.Optional(Type.Integer()),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(
    Type.Object(
      {
        code: Type.Union([Type.String(), Type.Integer()]),
        message: Type.String(),
        data: Type.Optional(Type.Unknown()),
      },
      {
        description:
          "Why the command failed, as the device says; `given-up`, `expired` and `cancelled` are Fleetlog's own codes",
      },
    ),
  ),
});
export type CommandResource = Static<typeof CommandResource>;

export const CommandRecord = Type.Object({
  ...CommandResource.properties,
  session: Type.Optional(Type.String({ description: "Id of that session's SessionOpened" })),
});
export type CommandRecord = Static<typeof CommandRecord>;

export const ListCommandsQuery = Type.Object(
  {
    device: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    state: Type.Optional(
      Type.Array(Type.Enum(COMMAND_FILTER_STATES), {
        minItems: 1,
        maxItems: COMMAND_FILTER_STATES.length,
        description: "States, separated by commas; `open` means issued or delivered, `ended` all others",
      }),
    ),
    by: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    search: Type.Optional(
      Type.String({
        maxLength: 128,
        description: "Words that each occur in the device's id, name, model, serial, firmware or tags",
      }),
    ),
    name: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9_.:-]{1,128}\\*?$",
        accepts: "a command's name, or its beginning with `*` after it",
        description: "The command's name, or its beginning with `*` after it: `set-*`",
      }),
    ),
    since: Type.Optional(Type.String({ format: "date-time", description: "Issued at or after this moment" })),
    until: Type.Optional(Type.String({ format: "date-time", description: "Issued before this moment" })),
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
  changed: Type.Optional(
    Type.Literal(true, {
      description:
        "The state of the first page is no longer kept, and commands may have joined or left the list since then. Begin again for one consistent list",
    }),
  ),
});
export type CommandPage = Static<typeof CommandPage>;

const after = Type.Optional(Type.Integer({ minimum: 0 }));
const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 }));
const Commands = Type.Array(CommandRecord);

export const commands = {
  queries: {
    "commands.list": { action: "command.read", params: ListCommandsQuery, result: CommandPage },
    "commands.get": {
      action: "command.read",
      params: Type.Object({ id: Type.String() }, { additionalProperties: false }),
      result: Type.Union([CommandRecord, Type.Null()]),
    },
    /**
     * A device's open commands by sequence, from the first whose sequence is higher than `after`. Large commands
     * shorten a page; only an empty page is the end.
     */
    "commands.pending": {
      action: null,
      params: Type.Object({ device: Type.String(), after, limit }, { additionalProperties: false }),
      result: Commands,
    },
    /** All open commands, in pages like `commands.pending`. */
    "commands.open": {
      action: null,
      params: Type.Object({ after, limit }, { additionalProperties: false }),
      result: Commands,
    },
  },
  topics: { commands: { action: "command.read", kind: "rows", projections: ["commands"], everyMs: 250 } },
} as const satisfies ViewSchema;
