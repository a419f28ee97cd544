import {
  type GatewayEvent,
  gatewayEvents,
  isEventOf,
  type OpenSession,
  type RecordedEvent,
  session,
} from "@fleetlog/domain";
import type { DeviceStatus, Evidence } from "@fleetlog/protocol";
import type { Projection, ViewRow } from "../../projection.ts";
import { evidence, saysClosed, saysGateway, saysOpened } from "./evidence.ts";

export interface StatusSession extends OpenSession {
  readonly version?: string;
  readonly address?: string;
}

/** How a gateway's incarnation ended, and with it all its sessions. */
export interface GatewayEnd {
  readonly gateway: string;
  readonly how: GatewayEvent["type"];
  readonly time: string;
}

/** Whether a registered device is connected, since when, and the events that make it so. */
export interface StatusRow extends ViewRow {
  readonly device: string;
  readonly status: DeviceStatus;
  readonly since: string;
  /** When it was last connected; absent while it is, and for one that never was in this life. */
  readonly lastSeen?: string;
  readonly session?: StatusSession;
  /** The end of a gateway that disconnected it, where that did. */
  readonly endedBy?: GatewayEnd;
  readonly evidence: readonly Evidence[];
}

/** In column `seen`, after every moment: connected now. One that never was is before every moment. */
export const SEEN_NOW = "~";

export const status: Projection<StatusRow> = {
  name: "status",
  version: 4,
  categories: ["device", "session", "gateway"],
  belongs: { column: "key", to: "registry" },

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
      const seen = row.status === "connected" ? event.time : row.lastSeen;
      return as("retired", row.device, event, [evidence(event, `retired by ${event.data.by}${why}`)], seen);
    }
    const before = row.session;
    const { open } = session.evolve(before === undefined ? {} : { open: before }, event);
    if (open === before) return row;
    return open === undefined ? ended(row, event) : opened(row, open, event);
  },

  columns: [
    { name: "status", type: "text", of: (row) => row.status },
    { name: "gateway", type: "text", of: (row) => row.session?.gateway ?? null },
    { name: "since", type: "text", of: (row) => row.since },
    { name: "attention", type: "text", of: attention },
    { name: "endedBy", type: "text", of: ({ endedBy }) => (endedBy === undefined ? null : endKey(endedBy)) },
    { name: "goneHour", type: "text", of: (row) => (row.status === "disconnected" ? hourOf(row.since) : null) },
    { name: "seen", type: "text", of: (row) => (row.status === "connected" ? SEEN_NOW : (row.lastSeen ?? "")) },
  ],
  derived: [{ name: "retired", is: { column: "status", eq: "retired" } }],
  indexes: [
    { on: ["status", "key"] },
    { on: ["gateway", "key"], where: { column: "gateway", isNull: false } },
    // What a list of devices filters by: its rows are found here, and the table is left alone.
    { on: ["key", "status", "seen"] },
    { on: ["since", "key", "status"] },
    { on: ["seen", "key", "status"] },
    { on: ["attention", "key", "status"] },
  ],
  facets: [{ column: "status", complete: true }, { column: "endedBy" }, { column: "goneHour" }],
};

const SEVERITY: Readonly<Record<DeviceStatus, number>> = {
  disconnected: 0,
  "never-connected": 1,
  connected: 2,
  retired: 3,
};
/** Later than every moment, in ms since 1970, and as long in digits. */
const LATEST = 9_999_999_999_999;

/** What is wrong comes first, and of that what has happened last. */
function attention({ status, since }: StatusRow): string {
  return `${SEVERITY[status]}${String(LATEST - Date.parse(since)).padStart(13, "0")}`;
}

/** Of a moment in RFC 3339: `2026-01-31T12`. As text it sorts before every moment in it, and after all before. */
export function hourOf(time: string): string {
  return time.slice(0, 13);
}

/** As text that is counted by; gateways' names and times hold no spaces. */
function endKey({ time, how, gateway }: GatewayEnd): string {
  return `${time} ${how} ${gateway}`;
}

export function parseEndKey(key: string): GatewayEnd {
  const [time, how, gateway] = key.split(" ") as [string, GatewayEnd["how"], string];
  return { time, how, gateway };
}

function as(
  status: DeviceStatus,
  device: string,
  event: RecordedEvent,
  because: readonly Evidence[],
  lastSeen?: string,
): StatusRow {
  return {
    seq: event.seq,
    device,
    status,
    since: event.time,
    ...(lastSeen === undefined ? {} : { lastSeen }),
    evidence: because,
  };
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
  return {
    ...as("disconnected", row.device, event, [...opening, evidence(event, saysEnded(event))], event.time),
    ...endedBy(event),
  };
}

function endedBy(event: RecordedEvent): Pick<StatusRow, "endedBy"> {
  if (!isEventOf(gatewayEvents, event)) return {};
  return { endedBy: { gateway: event.data.gateway, how: event.type, time: event.time } };
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
