import { type OpenSession, type RecordedEvent, session } from "@fleetlog/domain";
import type { DeviceStatus, Evidence } from "@fleetlog/protocol";
import type { Projection, ViewRow } from "../projection.ts";
import { evidence, saysClosed, saysGateway, saysOpened } from "./evidence.ts";

export interface StatusSession extends OpenSession {
  readonly version?: string;
  readonly address?: string;
}

/** Whether a registered device is connected, since when, and the events that make it so. */
export interface StatusRow extends ViewRow {
  readonly device: string;
  readonly status: DeviceStatus;
  readonly since: string;
  readonly session?: StatusSession;
  readonly evidence: readonly Evidence[];
}

export const status: Projection<StatusRow> = {
  name: "status",
  version: 1,
  categories: ["device", "session", "gateway"],

  touches(event) {
    switch (event.type) {
      case "DeviceRegistered":
      case "DeviceRetired":
      case "SessionOpened":
      case "SessionClosed":
        return { key: event.data.device };
      case "GatewayStarted":
      case "GatewayStopped":
      case "GatewayLost":
        return { column: "gateway", value: event.data.gateway };
      default:
        return undefined;
    }
  },

  evolve(row, event) {
    if (event.type === "DeviceRegistered") {
      if (row !== undefined && row.status !== "retired") return row;
      return as("never-connected", event.data.device, event, [
        evidence(event, `registered by ${event.data.by}; no session since`),
      ]);
    }
    // What was never registered has no status, and whatever a retired device's last connection still does changes none.
    if (row === undefined || row.status === "retired") return row;
    if (event.type === "DeviceRetired") {
      const why = event.data.reason === undefined ? "" : `: ${event.data.reason}`;
      return as("retired", row.device, event, [evidence(event, `retired by ${event.data.by}${why}`)]);
    }
    const before = row.session;
    const { open } = session.evolve(before === undefined ? {} : { open: before }, event);
    if (open === before) return row;
    return open === undefined ? ended(row, event) : opened(row, open, event);
  },

  columns: [
    { name: "status", type: "TEXT", of: (row) => row.status },
    { name: "gateway", type: "TEXT", of: (row) => row.session?.gateway ?? null },
  ],
  indexes: [{ on: ["status", "key"] }, { on: ["gateway", "key"], where: "gateway IS NOT NULL" }],
};

function as(status: DeviceStatus, device: string, event: RecordedEvent, because: readonly Evidence[]): StatusRow {
  return { seq: event.seq, device, status, since: event.time, evidence: because };
}

function opened(row: StatusRow, open: OpenSession, event: RecordedEvent): StatusRow {
  if (event.type !== "SessionOpened") return row;
  const { version, address } = event.data;
  return {
    ...as("connected", row.device, event, [evidence(event, saysOpened(event.data, row.session))]),
    session: { ...open, ...(version === undefined ? {} : { version }), ...(address === undefined ? {} : { address }) },
  };
}

function ended(row: StatusRow, event: RecordedEvent): StatusRow {
  const opening = row.evidence.filter((one) => one.seq === row.session?.epoch);
  return as("disconnected", row.device, event, [...opening, evidence(event, saysEnded(event))]);
}

function saysEnded(event: RecordedEvent): string {
  switch (event.type) {
    case "SessionClosed":
      return saysClosed(event.data);
    case "GatewayStarted":
    case "GatewayStopped":
    case "GatewayLost":
      return saysGateway(event);
    default:
      return `ended by ${event.type}`;
  }
}
