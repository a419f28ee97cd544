import Type, { type Static } from "typebox";
import { heartbeatSubject } from "../heartbeats.ts";
import type { ViewSchema } from "./view.ts";

export const ClockResource = Type.Object(
  {
    state: Type.Enum(["right", "off", "wrong"], {
      description:
        "off: FLEETLOG_CLOCK_WARN or more; wrong: FLEETLOG_CLOCK_LIMIT or more, and the process is not ready",
    }),
    offsetMs: Type.Number({ description: "Milliseconds that the clock is ahead; negative if it is behind" }),
  },
  { description: "The process's clock, compared with the clock of NATS' server; absent for older processes" },
);
export type ClockResource = Static<typeof ClockResource>;

export const GatewayResource = Type.Object({
  name: Type.String(),
  incarnation: Type.String(),
  status: Type.Enum(["running", "stopped", "lost"]),
  since: Type.String(),
  version: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
  /** From heartbeats; absent while none arrive. */
  live: Type.Optional(
    Type.Object({
      /** Connections of all devices; absent for viewers who may not see them all. */
      connections: Type.Optional(
        Type.Record(Type.String(), Type.Integer(), { description: "Connections by protocol" }),
      ),
      eventsPerSecond: Type.Optional(Type.Number()),
      commandsPerSecond: Type.Optional(Type.Number()),
      /** Milliseconds until the log's acknowledgement, in the interval before the last heartbeat. */
      appendMs: Type.Object({ p50: Type.Number(), p99: Type.Number() }),
      logStatus: Type.String(),
      heardAt: Type.String(),
      clock: Type.Optional(ClockResource),
      /** After `lapsesAt` without a renewal, the gateway is lost and its sessions end. */
      lease: Type.Optional(Type.Object({ renewedAt: Type.String(), lapsesAt: Type.String() })),
    }),
  ),
  seq: Type.Integer(),
});
export type GatewayResource = Static<typeof GatewayResource>;

export const gateways = {
  queries: {
    /** Running gateways first, then stopped and lost gateways, the newest first. */
    "gateways.list": {
      action: "system.read",
      params: Type.Object({}, { additionalProperties: false }),
      result: Type.Array(GatewayResource),
    },
  },
  topics: {
    system: {
      action: "system.read",
      kind: "whole",
      projections: ["gateways"],
      messages: [heartbeatSubject("*", "*")],
      everyMs: 2_000,
    },
  },
} as const satisfies ViewSchema;
