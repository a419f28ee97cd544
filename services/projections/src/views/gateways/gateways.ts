import { gatewayDecider } from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";

/** The newest incarnation of a gateway, and its status. */
export interface GatewayRow extends ViewRow {
  readonly name: string;
  readonly incarnation: string;
  readonly status: "running" | "stopped" | "lost";
  readonly since: string;
  readonly version?: string;
  readonly address?: string;
}

export const gateways: Projection<GatewayRow> = {
  name: "gateways",
  version: 1,
  categories: ["gateway"],
  belongs: "shared",

  touches(event) {
    switch (event.type) {
      case "GatewayStarted":
      case "GatewayStopped":
      case "GatewayLost":
        return { key: event.data.gateway };
      default:
        return undefined;
    }
  },

  evolve(row, event) {
    if (event.type === "GatewayStarted") {
      const { gateway: name, incarnation, version, address } = event.data;
      return {
        seq: event.seq,
        name,
        incarnation,
        status: "running",
        since: event.time,
        ...(version === undefined ? {} : { version }),
        ...(address === undefined ? {} : { address }),
      };
    }
    if (row === undefined || (event.type !== "GatewayStopped" && event.type !== "GatewayLost")) return row;
    const next = gatewayDecider.evolve({ status: row.status, incarnation: row.incarnation }, event);
    if (next.status === row.status || next.status === "unknown") return row;
    return { ...row, seq: event.seq, status: next.status, since: event.time };
  },

  columns: [
    { name: "running", type: "integer", of: (row) => (row.status === "running" ? 1 : 0) },
    { name: "since", type: "text", of: (row) => row.since },
  ],
  indexes: [{ on: ["running", "since", "key"] }],
};
