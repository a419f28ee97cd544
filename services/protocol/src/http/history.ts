import Type, { type Static } from "typebox";
import { moment } from "../history/moment.ts";
import { DeviceDetail } from "../views/device-resource.ts";
import { DevicePage, FleetSummary, ListDevicesQuery } from "../views/devices.ts";

/** The moment that a call asks for. */
export const AtQuery = Type.Object(
  {
    at: Type.String({
      maxLength: 64,
      description:
        "The moment: a time (RFC 3339), or a sequence of FLEET. The answer has the state after the newest event up to then",
    }),
    known: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          "A later moment, a time or a sequence: what had happened at `at`, as far as it was known then. Reports of devices count " +
          "at the time at which they happened, by the device's clock",
      }),
    ),
  },
  { additionalProperties: false },
);

export const ListPastDevicesQuery = Type.Object(
  { ...AtQuery.properties, ...ListDevicesQuery.properties },
  { additionalProperties: false },
);

const at = Type.String({ description: "Time of the newest event in the answer" });
const known = Type.Optional(
  Type.Object(
    { at: Type.String(), seq: Type.Integer() },
    { description: "The newest event of FLEET that was known; absent without `known` in the call" },
  ),
);
const answered = { at, seq: Type.Integer({ description: "FLEET sequence of the newest event in the answer" }), known };

/** A report of a device, at the time at which it happened. */
export const PastReport = Type.Object({
  stream: Type.Enum(["FLEET", "TELEMETRY"]),
  seq: Type.Integer({ description: "Sequence in the stream" }),
  id: Type.String(),
  type: Type.String({ description: "DeviceEventReported or TelemetryReported" }),
  time: Type.String({ description: "When the gateway received it" }),
  happenedAt: Type.String({
    description: "The device's time. If it is missing, or more than a minute ahead: the gateway's time",
  }),
  data: Type.Unknown({ description: "The event's data: `name`, `data`, `boot` and `seq`" }),
});
export type PastReport = Static<typeof PastReport>;

export const PastDevicePage = Type.Object({ ...DevicePage.properties, ...answered });
export type PastDevicePage = Static<typeof PastDevicePage>;

export const PastDevice = Type.Object({
  ...DeviceDetail.properties,
  at,
  atSeq: Type.Integer({
    description: "FLEET sequence of the newest event in the answer; `seq` is the sequence of the device's newest event",
  }),
  known,
  reports: Type.Optional(
    Type.Array(PastReport, {
      description:
        "With `known`: the device's newest event of each name, and its newest telemetry, that had happened then; the newest last",
    }),
  ),
});
export type PastDevice = Static<typeof PastDevice>;

export const PastSummary = Type.Object({ ...FleetSummary.properties, ...answered });
export type PastSummary = Static<typeof PastSummary>;

export const PastAnswer = Type.Object({
  ...answered,
  result: Type.Unknown({ description: "What the query answered then; null if there was no such thing" }),
});
export type PastAnswer = Static<typeof PastAnswer>;

export const QueryHistory = Type.Object(
  {
    sql: Type.String({ minLength: 1, maxLength: 65_536, description: "One SELECT in the SQL of DuckDB" }),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: "Rows of the answer; default 10,000" }),
    ),
    at: Type.Optional(moment("The statement reads the history up to then. Default: now")),
  },
  { additionalProperties: false },
);
export type QueryHistory = Static<typeof QueryHistory>;

export const QueryResult = Type.Object({
  columns: Type.Array(
    Type.Object({ name: Type.String(), type: Type.String({ description: "Type in DuckDB, such as BIGINT" }) }),
  ),
  rows: Type.Array(Type.Array(Type.Unknown()), {
    description:
      "Values in the order of the columns. Times are RFC 3339; whole numbers beyond 2^53, NaN and Infinity are texts",
  }),
  truncated: Type.Boolean({ description: "Whether there are more rows than in the answer" }),
  missing: Type.Optional(
    Type.Object(
      {
        events: Type.Integer(),
        ranges: Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer() }), {
          description: "Sequences of TELEMETRY, lowest first; at most 20 ranges",
        }),
      },
      { description: "Telemetry that the answer lacks, because files of the archive are missing or damaged" },
    ),
  ),
});
export type QueryResult = Static<typeof QueryResult>;

const SqlTable = Type.Object({
  name: Type.String(),
  description: Type.String(),
  columns: Type.Array(
    Type.Object({ name: Type.String(), type: Type.String(), description: Type.Optional(Type.String()) }),
  ),
});

export const QuerySchemaResource = Type.Object({
  tables: Type.Array(SqlTable),
  functions: Type.Array(Type.String(), {
    description: "Table functions with a moment: a time, or a sequence of FLEET",
  }),
});
export type QuerySchemaResource = Static<typeof QuerySchemaResource>;
