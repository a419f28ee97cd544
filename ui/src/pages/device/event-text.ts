import type { Tone } from "../../components/badge.ts";
import { compact } from "../../components/compact.ts";
import type { IconName } from "../../components/icons.ts";
import { categoryOf, type EventResource } from "../../data/events.ts";
import { paths } from "../../state/paths.ts";

export interface EventText {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
}

type Data = Readonly<Record<string, unknown>>;
type Teller = (data: Data) => EventText;

const PROTOCOLS: Readonly<Record<string, string>> = { mqtt: "MQTT", websocket: "WebSocket" };

/** What each type of event says to people. A type that is not here is shown by its name and data. */
const TELLERS: Readonly<Record<string, Teller>> = {
  DeviceRegistered: (data) => tell("plus", "info", "Registered", by(data)),
  DeviceRenamed: (data) => tell("edit", "neutral", `Renamed to ${text(data.name)}`, by(data)),
  DeviceNameRemoved: (data) => tell("edit", "neutral", "Name removed", by(data)),
  DeviceTagged: ({ tags, ...data }) => tell("tag", "neutral", `Tags: ${list(tags) || "none"}`, by(data)),
  DeviceProfileReported: ({ profile }) => tell("info", "neutral", "Reported its profile", profileText(profile)),
  DeviceTokenRotated: (data) => tell("key", "warning", "Token replaced", by(data)),
  DeviceRetired: (data) => tell("archive", "neutral", "Retired", by(data)),
  SessionOpened: (data) =>
    tell(
      "connected",
      "good",
      "Connected",
      `${text(data.version) || (PROTOCOLS[text(data.protocol)] ?? "")} on ${text(data.gateway)}${data.address ? ` from ${text(data.address)}` : ""}`,
    ),
  SessionClosed: ({ reason, detail }) =>
    tell(
      "disconnected",
      "warning",
      "Disconnected",
      [...new Set([closing(text(reason)), text(detail)])].filter(Boolean).join(": "),
    ),
  // Among a device's own events these stand only where they ended a session of it.
  GatewayLost: ({ gateway, leaseTtlMs }) =>
    tell(
      "disconnected",
      "danger",
      `Gateway ${text(gateway)} was lost`,
      `Its lease${typeof leaseTtlMs === "number" ? ` of ${leaseTtlMs / 1_000} s` : ""} lapsed, and this session ended with it`,
    ),
  GatewayStopped: ({ gateway }) =>
    tell("disconnected", "warning", `Gateway ${text(gateway)} stopped`, "This session ended with it"),
  GatewayStarted: ({ gateway }) =>
    tell(
      "disconnected",
      "warning",
      `Gateway ${text(gateway)} started anew`,
      "What it held before had broken off without a word, this session too",
    ),
  CommandIssued: ({ name, params, ...data }) =>
    tell("commands", "info", `Command ${text(name)} issued`, [compact(params), by(data)].filter(Boolean).join(" · ")),
  CommandDelivered: () => tell("send", "info", "Command delivered", ""),
  CommandCompleted: ({ result }) => tell("check-circle", "good", "Command completed", compact(result)),
  CommandFailed: ({ error }) => tell("fail", "danger", "Command failed", text((error as Data | undefined)?.message)),
  CommandExpired: () => tell("timer", "warning", "Command expired", "The device did not answer before its deadline"),
  CommandCancelled: (data) => tell("ban", "neutral", "Command cancelled", by(data)),
  DeviceEventReported: ({ name, data }) => tell("zap", "info", text(name), compact(data)),
  TelemetryReported: ({ data }) => tell("activity", "neutral", "Telemetry", compact(data)),
};

export function eventText(event: EventResource): EventText {
  const data = (event.data ?? {}) as Data;
  return TELLERS[event.type]?.(data) ?? tell("dot", "neutral", event.type, compact(data));
}

/** The page of what an event is about: its command, or the gateways. */
export function linkOf(event: EventResource): string | undefined {
  const { command } = (event.data ?? {}) as Data;
  switch (categoryOf(event)) {
    case "command":
      return typeof command === "string" ? paths.command(command) : undefined;
    case "gateway":
      return paths.gateways;
    default:
      return undefined;
  }
}

const CLOSINGS: Readonly<Record<string, string>> = {
  "device-closed": "the device closed the connection",
  lost: "the connection went away without a word",
  timeout: "nothing came within the keep-alive",
  superseded: "the device connected again",
  retired: "the device was retired",
  "token-rotated": "its token was replaced",
  "protocol-error": "the device broke the protocol",
  "rate-limited": "the device sent more than it may",
  "log-unavailable": "the gateway could not reach the log",
};

function closing(reason: string): string {
  return CLOSINGS[reason] ?? reason;
}

function tell(icon: IconName, tone: Tone, title: string, detail: string): EventText {
  return { icon, tone, title, detail };
}

function by({ by, reason }: Data): string {
  return [by === undefined ? "" : `by ${text(by)}`, text(reason)].filter(Boolean).join(": ");
}

function profileText(profile: unknown): string {
  const { model, serial, firmware } = (profile ?? {}) as Data;
  return [model, serial, firmware].map(text).filter(Boolean).join(" · ");
}

function list(value: unknown): string {
  return Array.isArray(value) ? value.map(text).join(", ") : "";
}

function text(value: unknown): string {
  return value === undefined || value === null ? "" : typeof value === "object" ? compact(value) : String(value);
}
