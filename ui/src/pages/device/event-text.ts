import type { Tone } from "../../components/basic/badge.ts";
import type { IconName } from "../../components/basic/icons.ts";
import { progressText } from "../../components/commands/progress-text.ts";
import { compact } from "../../components/text/compact.ts";
import { counted } from "../../components/text/numbers.ts";
import { categoryOf, type EventResource } from "../../data/events.ts";
import { paths } from "../../state/paths.ts";
import { callerName } from "../../state/person-names.ts";

export interface EventText {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
}

type Data = Readonly<Record<string, unknown>>;
/** @param command the command's name with a space after it; "" if unknown */
type Describe = (data: Data, command: string) => EventText;

const PROTOCOLS: Readonly<Record<string, string>> = { mqtt: "MQTT", websocket: "WebSocket" };

const DESCRIPTIONS: Readonly<Record<string, Describe>> = {
  DeviceRegistered: (data) => describe("plus", "info", "Registered", by(data)),
  DeviceRenamed: (data) => describe("edit", "neutral", `Renamed to ${text(data.name)}`, by(data)),
  DeviceNameRemoved: (data) => describe("edit", "neutral", "Name removed", by(data)),
  DeviceTagged: ({ tags, ...data }) => describe("tag", "neutral", `Tags: ${list(tags) || "none"}`, by(data)),
  DeviceProfileReported: ({ profile }) => describe("info", "neutral", "Reported its profile", profileText(profile)),
  DeviceTokenRotated: (data) => describe("key", "warning", "Token replaced", by(data)),
  DeviceMoved: (data) =>
    describe(
      "account",
      "info",
      `Moved from account ${text(data.from)} to ${text(data.to)}`,
      `${data.history === "along" ? "with its history" : "without its history"}, ${by(data)}`,
    ),
  DeviceCertificateIssued: (data) =>
    describe("key", "neutral", "renews" in data ? "Certificate renewed" : "Certificate issued", by(data)),
  DeviceCertificateRevoked: (data) => describe("key", "warning", "Certificate revoked", by(data)),
  DeviceLoginReserved: () =>
    describe("key", "neutral", "Log-in reserved", "A provision request lets a device in under this id"),
  DeviceLoginChanged: (data) => describe("key", "warning", "Log-in changed", by(data)),
  DeviceLoginRemoved: (data) => describe("key", "warning", "Log-in removed", by(data)),
  DeviceAddressShared: ({ address }) =>
    describe("key", "warning", "Address shared", `Several clients came from ${text(address)}, so none is let in`),
  DeviceAdmitted: ({ address, ...data }) =>
    describe("check-circle", "good", "Let in", `A client from ${text(address)}, ${by(data)}`),
  DeviceRetired: (data) => describe("archive", "neutral", "Retired", by(data)),
  SessionOpened: (data) =>
    describe(
      "connected",
      "good",
      "Connected",
      `${text(data.version) || (PROTOCOLS[text(data.protocol)] ?? "")} on ${text(data.gateway)}${data.address ? ` from ${text(data.address)}` : ""}`,
    ),
  SessionClosed: ({ reason, detail }) =>
    describe(
      "disconnected",
      "warning",
      "Disconnected",
      [...new Set([closing(text(reason)), text(detail)])].filter(Boolean).join(": "),
    ),
  // A gateway's events are in a device's history only if they ended a session of the device.
  GatewayLost: ({ gateway, leaseTtlMs }) =>
    describe(
      "disconnected",
      "danger",
      `Gateway ${text(gateway)} was lost`,
      `Its lease${typeof leaseTtlMs === "number" ? ` of ${leaseTtlMs / 1_000} s` : ""} lapsed, and this session ended with it`,
    ),
  GatewayStopped: ({ gateway }) =>
    describe("disconnected", "warning", `Gateway ${text(gateway)} stopped`, "This session ended with it"),
  GatewayStarted: ({ gateway }) =>
    describe(
      "disconnected",
      "warning",
      `Gateway ${text(gateway)} restarted`,
      "Its earlier sessions ended without being closed, including this one",
    ),
  CommandIssued: ({ name, params, ...data }) =>
    describe(
      "commands",
      "info",
      `Command ${text(name)} issued`,
      [compact(params), by(data)].filter(Boolean).join(" · "),
    ),
  CommandDelivered: (_, command) => describe("send", "info", `Command ${command}delivered`, ""),
  CommandProgressed: (data, command) =>
    describe("activity", "info", `Command ${command}is under way`, progressText(data)),
  CommandCompleted: ({ result }, command) =>
    describe("check-circle", "good", `Command ${command}completed`, compact(result)),
  CommandFailed: ({ error }, command) =>
    describe("fail", "danger", `Command ${command}failed`, text((error as Data | undefined)?.message)),
  CommandExpired: (_, command) =>
    describe("timer", "warning", `Command ${command}expired`, "The device did not answer before its deadline"),
  CommandCancelled: (data, command) => describe("ban", "neutral", `Command ${command}cancelled`, by(data)),
  CommandGivenUp: ({ sessions, reason }, command) =>
    describe(
      "fail",
      "danger",
      `Command ${command}given up`,
      `${text(sessions)} sessions in a row ended soon after its delivery, the last one: ${text(reason)}`,
    ),
  ConfigurationSet: ({ revision, restored, ...data }) =>
    describe(
      "edit",
      "info",
      restored === undefined
        ? `Configuration ${text(revision)} set`
        : `Configuration ${text(restored)} restored as ${text(revision)}`,
      by(data),
    ),
  ConfigurationReported: ({ revision, state, error }) =>
    state === "refused"
      ? describe(
          "alert",
          "danger",
          `Configuration ${text(revision)} refused by the device`,
          text((error as Data | undefined)?.message),
        )
      : describe("check-circle", "good", `Configuration ${text(revision)} applied`, ""),
  DeviceScanned: ({ updates, failures }) => {
    const found = countOf(updates, ({ state }) => state === "available");
    const failed = countOf(failures, () => true);
    const detail = failed > 0 ? `${counted(failed, "question")} to catalogues failed` : "";
    return describe("refresh", failed > 0 ? "warning" : "info", `Looked for updates, ${found} available`, detail);
  },
  DeviceEventReported: ({ name, data }) => describe("zap", "info", text(name), compact(data)),
  ReportsRefused: ({ where, message, count }) =>
    describe(
      "alert",
      "warning",
      count === 1 ? "A report was refused" : `${text(count)} reports were refused`,
      `${text(where)}: ${text(message)}`,
    ),
  TelemetryReported: ({ data }) => describe("activity", "neutral", "Telemetry", compact(data)),
};

/** @param command the command's name, if known */
export function eventText(event: EventResource, command?: string): EventText {
  const data = (event.data ?? {}) as Data;
  return (
    DESCRIPTIONS[event.type]?.(data, command === undefined ? "" : `${command} `) ??
    describe("dot", "neutral", event.type, compact(data))
  );
}

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
  lost: "the connection was lost without being closed",
  timeout: "nothing was received within the keep-alive",
  superseded: "the device connected again",
  retired: "the device was retired",
  "token-rotated": "its token was replaced",
  moved: "it was moved to another account",
  "certificate-ended": "its certificate was revoked or has expired",
  "login-changed": "its log-in was changed or removed",
  "protocol-error": "the device violated the protocol",
  "rate-limited": "the device exceeded its rate limit",
  "log-unavailable": "the gateway could not reach the log",
};

function closing(reason: string): string {
  return CLOSINGS[reason] ?? reason;
}

function describe(icon: IconName, tone: Tone, title: string, detail: string): EventText {
  return { icon, tone, title, detail };
}

function by({ by, reason }: Data): string {
  return [by === undefined ? "" : `by ${callerName(text(by))}`, text(reason)].filter(Boolean).join(": ");
}

function profileText(profile: unknown): string {
  const { model, serial, firmware } = (profile ?? {}) as Data;
  return [model, serial, firmware].map(text).filter(Boolean).join(" · ");
}

function list(value: unknown): string {
  return Array.isArray(value) ? value.map(text).join(", ") : "";
}

function text(value: unknown): string {
  return compact(value);
}

function countOf(list: unknown, matches: (one: Data) => boolean): number {
  return Array.isArray(list) ? list.filter((one) => matches(one as Data)).length : 0;
}
