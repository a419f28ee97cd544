import Type, { type Static } from "typebox";
import { MarkProblem } from "../history-marks.ts";
import { ClockResource, GatewayResource } from "../views/gateways.ts";

const stream = Type.Object({
  name: Type.String(),
  events: Type.Integer(),
  bytes: Type.Integer(),
  maxBytes: Type.Integer(),
  firstSeq: Type.Integer(),
  lastSeq: Type.Integer(),
});

export const NatsResource = Type.Object({
  version: Type.String(),
  acknowledged: Type.Enum(["on-disk", "later", "unknown"], {
    description: "Whether an event is on disk when it is acknowledged; if not, a power cut can lose it",
  }),
  advice: Type.String({ description: "`acknowledged` in words, with advice" }),
});
export type NatsResource = Static<typeof NatsResource>;

export const Expiring = Type.Object({
  what: Type.String({ description: "A setting with a file, or the authority with its subject" }),
  at: Type.String({ description: "When its first certificate expires, RFC 3339" }),
});
export type Expiring = Static<typeof Expiring>;

export const SystemResource = Type.Object({
  version: Type.String(),
  gateways: Type.Array(GatewayResource),
  projectors: Type.Array(
    Type.Object({
      id: Type.String(),
      seq: Type.Integer(),
      lag: Type.Integer(),
      state: Type.String(),
      heardAt: Type.String(),
      clock: Type.Optional(ClockResource),
    }),
  ),
  reactors: Type.Array(
    Type.Object({
      id: Type.String(),
      active: Type.Boolean(),
      heardAt: Type.String(),
      clock: Type.Optional(ClockResource),
    }),
  ),
  historians: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        seq: Type.Integer({ description: "FLEET sequence up to which the past can be queried" }),
        lag: Type.Integer({ description: "Events that the history does not have yet" }),
        rebuild: Type.Optional(
          Type.Object(
            {
              seq: Type.Integer({ description: "FLEET sequence up to which the new history is built" }),
              goal: Type.Integer({ description: "The log's newest FLEET sequence" }),
            },
            {
              description:
                "After an update that changed a projection, a new history is built beside the old one. The old one answers up to the historian's `seq` and does not follow the log",
            },
          ),
        ),
        setAside: Type.Optional(
          Type.Array(Type.String(), {
            description:
              "Folders of this historian with a history of which the disk could not read a file. It is built again from what the log has. Check the disk, then delete them",
          }),
        ),
        marks: Type.Optional(
          Type.Object(
            {
              through: Type.Integer({ description: "FLEET sequence up to which the log is marked" }),
              checkedThrough: Type.Integer({ description: "FLEET sequence up to which the log was compared" }),
              problems: Type.Integer({ description: "Marks that are wrong or do not match the log" }),
              first: Type.Optional(MarkProblem),
              keyProblem: Type.Optional(Type.String({ description: "Why this historian signs no marks" })),
            },
            { description: "Absent from older historians" },
          ),
        ),
        telemetry: Type.Optional(
          Type.Object(
            {
              seq: Type.Integer({ description: "TELEMETRY sequence up to which the archive has copied the stream" }),
              lag: Type.Integer({ description: "Events that the archive does not have yet" }),
              first: Type.Optional(Type.Integer({ description: "The oldest sequence in the archive's files" })),
              bytes: Type.Integer({ description: "Size of the archive's files" }),
              missing: Type.Optional(
                Type.Object(
                  {
                    events: Type.Integer(),
                    ranges: Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer() }), {
                      description: "Sequences of TELEMETRY, lowest first; at most 20 ranges",
                    }),
                  },
                  {
                    description:
                      "Events whose files are missing or damaged. They are read from the stream again, or copied from another historian that has them. If neither has them, copy the files from a backup of the folder",
                  },
                ),
              ),
              check: Type.Optional(
                Type.Object(
                  {
                    checked: Type.Integer({ description: "Files compared in this round" }),
                    of: Type.Integer({ description: "Files of this round" }),
                    damaged: Type.Integer({ description: "Files found damaged since the historian's start" }),
                    finishedAt: Type.Optional(Type.String({ description: "When the last round ended" })),
                  },
                  { description: "The daily comparison of the files with their hashes; absent from older historians" },
                ),
              ),
            },
            { description: "The archive of telemetry; absent from older historians" },
          ),
        ),
        heardAt: Type.String(),
        clock: Type.Optional(ClockResource),
      }),
      { description: "Absent from older gateways" },
    ),
  ),
  streams: Type.Array(stream, { description: "Empty for whoever may not see all devices" }),
  nats: NatsResource,
  plainPorts: Type.Array(Type.String(), {
    description: "Ports of this gateway without encryption that other machines can reach",
  }),
  expiring: Type.Optional(
    Type.Array(Expiring, {
      description:
        "Certificates of this gateway that expire within 30 days and that an operator must renew, the earliest first",
    }),
  ),
  missing: Type.Integer({
    description: "At least this many entries of FLEET are missing, because its store is damaged",
  }),
  missingRanges: Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer() }), {
    description: "The sequences of missing entries, lowest first; at most 20 ranges",
  }),
});
export type SystemResource = Static<typeof SystemResource>;

const measures = Type.Array(Type.Number());

/** The measurements of the heartbeats that this node has received, the oldest first. */
export const GatewayTrend = Type.Object({
  name: Type.String(),
  incarnation: Type.String(),
  heardAt: Type.String({ description: "When the newest heartbeat came" }),
  connections: measures,
  eventsPerSecond: measures,
  commandsPerSecond: measures,
  appendP50: measures,
  appendP99: measures,
});
export type GatewayTrend = Static<typeof GatewayTrend>;

/** The signed-in person, and this node's ports for devices. */
export const SessionInfo = Type.Object({
  operator: Type.Object({ id: Type.String(), name: Type.String(), role: Type.String() }),
  person: Type.Object({
    id: Type.String(),
    name: Type.String({ description: "The user name, or the email address" }),
    email: Type.Optional(Type.String()),
    userName: Type.Optional(Type.String()),
    givenName: Type.Optional(Type.String()),
    familyName: Type.Optional(Type.String()),
  }),
  account: Type.String({ description: "The account that owns what this person creates" }),
  role: Type.String(),
  tags: Type.Optional(
    Type.Array(Type.String(), { description: "The person sees only devices with one of these tags" }),
  ),
  needsPassword: Type.Optional(
    Type.Boolean({
      description: "No administrator can sign in without the installation's token yet; see `setFirstPassword`",
    }),
  ),
  version: Type.String(),
  gateway: Type.String(),
  ports: Type.Object({ mqtt: Type.Optional(Type.Integer()), mqtts: Type.Optional(Type.Integer()) }),
});
export type SessionInfo = Static<typeof SessionInfo>;
