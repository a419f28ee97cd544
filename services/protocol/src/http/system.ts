import Type, { type Static } from "typebox";

/** A gateway: what the views have of it, with its newest heartbeat. */
export const GatewayResource = Type.Object({
  name: Type.String(),
  incarnation: Type.String(),
  status: Type.Enum(["running", "stopped", "lost"]),
  /** Since when the status is what it is. */
  since: Type.String(),
  version: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
  /** From its heartbeats; absent while none is received. */
  live: Type.Optional(
    Type.Object({
      connections: Type.Record(Type.String(), Type.Integer(), { description: "By protocol" }),
      eventsPerSecond: Type.Number(),
      commandsPerSecond: Type.Number(),
      /** Milliseconds of the log's acknowledgements, median and 99th percentile of the last heartbeat's interval. */
      appendMs: Type.Object({ p50: Type.Number(), p99: Type.Number() }),
      logStatus: Type.String(),
      heardAt: Type.String(),
      /** Unless it is renewed by `lapsesAt`, the gateway counts as lost and its sessions end. */
      lease: Type.Optional(Type.Object({ renewedAt: Type.String(), lapsesAt: Type.String() })),
    }),
  ),
  seq: Type.Integer(),
});
export type GatewayResource = Static<typeof GatewayResource>;

const stream = Type.Object({
  name: Type.String(),
  events: Type.Integer(),
  bytes: Type.Integer(),
  maxBytes: Type.Integer(),
  firstSeq: Type.Integer(),
  lastSeq: Type.Integer(),
});

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
    }),
  ),
  reactors: Type.Array(Type.Object({ id: Type.String(), active: Type.Boolean(), heardAt: Type.String() })),
  streams: Type.Array(stream),
});
export type SystemResource = Static<typeof SystemResource>;

/** Who is signed in, and how devices reach this node. */
export const SessionInfo = Type.Object({
  operator: Type.Object({ id: Type.String(), name: Type.String(), role: Type.String() }),
  version: Type.String(),
  gateway: Type.String(),
  ports: Type.Object({ mqtt: Type.Integer(), mqtts: Type.Optional(Type.Integer()) }),
});
export type SessionInfo = Static<typeof SessionInfo>;

export const SignInBody = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 512 }) },
  { additionalProperties: false },
);
