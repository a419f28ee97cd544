import type { Scope } from "@fleetlog/domain";
import Type, { type Static } from "typebox";

/** The call that compares the devices of two moments. */
export const DIFF = "diff";

/**
 * `gateway-death`: the gateway ended without a stop. `gateway`: the gateway acted for a program or a device that the
 * event does not name. `fleetlog`: Fleetlog ended the session, for instance because the token was replaced.
 */
export const CAUSE_KINDS = [
  "operator",
  "device",
  "gateway-death",
  "gateway-stop",
  "gateway",
  "provisioning",
  "reaction",
  "fleetlog",
] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

const sequence = Type.Integer({ description: "FLEET sequence" });
const kind = Type.Enum([...CAUSE_KINDS], {
  description:
    "`operator`: a person or an API key; `device`: the device itself; `gateway-death`: a gateway ended without a stop; " +
    "`gateway-stop`: a gateway was stopped; `gateway`: a gateway, for a program or device that the event does not name; " +
    "`provisioning`: a provision request, enrolment group or claim code; `reaction`: an automatic reaction; `fleetlog`: " +
    "Fleetlog ended a session, for the reason in `by`",
});
const by = Type.String({
  description: "Id of the person, key, request or group; name of the gateway or reaction. Absent for `device`",
});

export const DiffQuery = Type.Object(
  {
    from: Type.String({
      maxLength: 64,
      description:
        "The first moment: a time (RFC 3339), or a sequence of FLEET. Before the log's first event, and at 0, there are no devices",
    }),
    to: Type.Optional(Type.String({ maxLength: 64, description: "The second moment. Default: now" })),
    group: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: "Only devices that the group had at either moment" }),
    ),
    account: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: "With `group`: the group's account" }),
    ),
    device: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: "Only this device" })),
    change: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1_024,
        description:
          "Only this field, such as `status` or `profile/firmware`, or the fields below it, such as `profile`. The error for any other name lists all",
      }),
    ),
    cause: Type.Optional(kind),
    by: Type.Optional(Type.String({ maxLength: 256, description: "With `cause`: only by this person, gateway, …" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 4_096, description: "`next` of the page before" })),
  },
  { additionalProperties: false },
);
export type DiffQuery = Static<typeof DiffQuery>;

export interface DiffRequest extends Omit<DiffQuery, "from" | "to"> {
  /** FLEET sequences or times (RFC 3339). */
  readonly from: string | number;
  /** Default: now. */
  readonly to?: string | number;
  readonly scope?: Scope;
}

export const DiffEvent = Type.Object({
  seq: sequence,
  id: Type.String(),
  type: Type.String(),
  time: Type.String(),
});
export type DiffEvent = Static<typeof DiffEvent>;

const Value = Type.Unknown({
  description:
    'JSON; null if there was none. A value of more than 1,024 characters is `{"tooLong":{"characters","sha256"}}`',
});

export const DiffItem = Type.Object({
  device: Type.String(),
  change: Type.String({
    description:
      "The field: `registration`, `name`, `tags`, `account`, `type`, `dialect`, `certificates`, `status`, `gateway`, " +
      "`configuration.state`; or, followed by the JSON pointer of a value, `login`, `profile`, `configuration.desired`, " +
      "`configuration.reported`, `update`",
  }),
  before: Value,
  after: Value,
  cause: Type.Object({ kind, by: Type.Optional(by) }, { description: "The cause of the newest of the events" }),
  events: Type.Array(DiffEvent, {
    description: "The events between the moments that changed the field; the newest 20",
  }),
});
export type DiffItem = Static<typeof DiffItem>;

export const DiffCause = Type.Object({
  kind,
  by: Type.Optional(by),
  changes: Type.Integer(),
  devices: Type.Integer(),
  firstSeq: sequence,
  lastSeq: sequence,
});
export type DiffCause = Static<typeof DiffCause>;

const Moment = Type.Object({
  seq: sequence,
  at: Type.String({ description: "Time of that event" }),
});

export const Diff = Type.Object({
  from: Moment,
  to: Moment,
  items: Type.Array(DiffItem, { description: "The newest change first" }),
  total: Type.Integer({ description: "Number of changes on all pages" }),
  next: Type.Union([Type.String(), Type.Null()]),
  causes: Type.Array(DiffCause, {
    description: "The 100 causes with the most changes, regardless of the parameter `cause`",
  }),
  moreCauses: Type.Integer({ description: "Causes that are not listed" }),
});
export type Diff = Static<typeof Diff>;
