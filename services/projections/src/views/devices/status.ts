import {
  type GatewayEvent,
  gatewayEvents,
  isEventOf,
  type OpenSession,
  type RecordedEvent,
  type SessionCredential,
  sessionDecider,
} from "@fleetlog/domain";
import type { DeviceStatus, Evidence } from "@fleetlog/protocol";
import type { Projection, ViewRow } from "../../projection.ts";
import { describeClosed, describeGatewayEnd, describeOpened, evidence } from "./evidence.ts";

export interface StatusSession extends OpenSession {
  readonly version?: string;
  readonly address?: string;
  readonly credential?: SessionCredential;
}

/** The event that ended a gateway's incarnation and all its sessions. */
export interface GatewayEnd {
  readonly gateway: string;
  readonly how: GatewayEvent["type"];
  readonly time: string;
}

/** Whether a registered device is connected, since when, and the events that prove it. */
export interface StatusRow extends ViewRow {
  readonly device: string;
  readonly status: DeviceStatus;
  readonly since: string;
  /** When last connected; absent while connected, and if never connected since the registration. */
  readonly lastSeen?: string;
  readonly session?: StatusSession;
  readonly endedBy?: GatewayEnd;
  readonly evidence: readonly Evidence[];
}

/** Column `seen` of a connected device: sorts after every time. Devices that were never connected have "". */
export const SEEN_NOW = "~";

export const status: Projection<StatusRow> = {
  name: "status",
  version: 5,
  categories: ["device", "session", "gateway"],
  belongs: { column: "key", to: "registry" },

  foundBy: ["gateway"],
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
        // All rows of this gateway; `evolve` finds the sessions of the ended incarnation.
        return { column: "gateway", value: event.data.gateway };
      default:
        return undefined;
    }
  },

  evolve(row, event) {
    if (event.type === "DeviceRegistered") {
      if (row !== undefined && row.status !== "retired") return row;
      return statusRow("never-connected", event.data.device, event, [
        evidence(event, `registered by ${event.data.by}; no session since`),
      ]);
    }
    if (row === undefined || row.status === "retired") return row;
    if (event.type === "DeviceRetired") {
      const why = event.data.reason === undefined ? "" : `: ${event.data.reason}`;
      const seen = row.status === "connected" ? event.time : row.lastSeen;
      return statusRow("retired", row.device, event, [evidence(event, `retired by ${event.data.by}${why}`)], seen);
    }
    // The domain decides when a session ends. `advance` has dropped repeated events.
    const before = row.session;
    const { open } = sessionDecider.evolve(before === undefined ? {} : { open: before }, event);
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
/** A time in ms since 1970 that is later than any event and has the same number of digits. */
const MAX_TIME_MS = 9_999_999_999_999;

/** Sort key: disconnected devices first, the newest disconnect before older ones. */
function attention({ status, since }: StatusRow): string {
  return `${SEVERITY[status]}${String(MAX_TIME_MS - Date.parse(since)).padStart(13, "0")}`;
}

/** The hour of an RFC 3339 time: `2026-01-31T12`. As text it sorts before all times in that hour. */
export function hourOf(time: string): string {
  return time.slice(0, 13);
}

/** A text to count by. Times and gateways' names contain no spaces. */
function endKey({ time, how, gateway }: GatewayEnd): string {
  return `${time} ${how} ${gateway}`;
}

export function parseEndKey(key: string): GatewayEnd {
  const [time, how, gateway] = key.split(" ") as [string, GatewayEnd["how"], string];
  return { time, how, gateway };
}

function statusRow(
  status: DeviceStatus,
  device: string,
  event: RecordedEvent,
  evidenceOfIt: readonly Evidence[],
  lastSeen?: string,
): StatusRow {
  return {
    seq: event.seq,
    device,
    status,
    since: event.time,
    ...(lastSeen === undefined ? {} : { lastSeen }),
    evidence: evidenceOfIt,
  };
}

function opened(row: StatusRow, open: OpenSession, event: RecordedEvent): StatusRow {
  if (event.type !== "SessionOpened") return row;
  const { version, address, credential } = event.data;
  return {
    ...statusRow("connected", row.device, event, [evidence(event, describeOpened(event.data, row.session))]),
    session: {
      ...open,
      ...(version === undefined ? {} : { version }),
      ...(address === undefined ? {} : { address }),
      ...(credential === undefined ? {} : { credential }),
    },
  };
}

function ended(row: StatusRow, event: RecordedEvent): StatusRow {
  const openedBy = row.evidence.filter((one) => one.seq === row.session?.epoch);
  return {
    ...statusRow("disconnected", row.device, event, [...openedBy, evidence(event, describeEnd(event))], event.time),
    ...endedBy(event),
  };
}

function endedBy(event: RecordedEvent): Pick<StatusRow, "endedBy"> {
  if (!isEventOf(gatewayEvents, event)) return {};
  return { endedBy: { gateway: event.data.gateway, how: event.type, time: event.time } };
}

function describeEnd(event: RecordedEvent): string {
  switch (event.type) {
    case "SessionClosed":
      return describeClosed(event.data);
    case "GatewayStarted":
    case "GatewayStopped":
    case "GatewayLost":
      return describeGatewayEnd(event);
    default:
      return `ended by ${event.type}`;
  }
}
