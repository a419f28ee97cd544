import type { EventBody, RecordedEvent } from "@fleetlog/domain";
import { parseSubject } from "@fleetlog/domain";

type Texts = { readonly [T in EventBody["type"]]?: (data: Extract<EventBody, { type: T }>["data"]) => string };

const LONGEST = 200;

/** What happened, for event types whose names do not say enough. */
const TEXTS: Texts = {
  DeviceRegistered: ({ by }) => `registered by ${by}`,
  DeviceRenamed: ({ name, by }) => `renamed to ${name} by ${by}`,
  DeviceNameRemoved: ({ by }) => `name removed by ${by}`,
  DeviceTagged: ({ tags, by }) => `tags set to ${tags.length === 0 ? "none" : tags.join(", ")} by ${by}`,
  DeviceTyped: ({ deviceType, by }) => `type set to ${deviceType ?? "that of its model"} by ${by}`,
  DeviceProfileReported: () => "reported its profile",
  DeviceTokenRotated: ({ by }) => `token replaced by ${by}`,
  DeviceCertificateIssued: ({ serial, by }) => `certificate ${serial} issued by ${by}`,
  DeviceCertificateRevoked: ({ serial, by }) => `certificate ${serial} revoked by ${by}`,
  DeviceMoved: ({ from, to, by }) => `moved from account ${from} to ${to} by ${by}`,
  DeviceRetired: ({ by, reason }) => `retired by ${by}${because(reason)}`,
  SessionOpened: ({ gateway, protocol, version, address }) =>
    `connected to gateway ${gateway} by ${version ?? protocol}${address === undefined ? "" : ` from ${address}`}`,
  SessionClosed: ({ reason, detail }) => `session ended: ${reason}${because(detail)}`,
  DeviceEventReported: ({ name, data }) => `reported ${name}${data === undefined ? "" : ` ${JSON.stringify(data)}`}`,
  ReportsRefused: ({ count, where, message }) => `${count} reports on ${where} refused: ${message}`,
  CommandIssued: ({ name, by, reason, command, deadline }) =>
    `command ${name} (${command}) given by ${by}${because(reason)}, until ${deadline}`,
  CommandDelivered: ({ command }) => `command ${command} delivered`,
  CommandProgressed: ({ command, percent, step, message }) =>
    `command ${command} in progress${percent === undefined ? "" : ` ${percent} %`}${because(step ?? message)}`,
  CommandCompleted: ({ command }) => `command ${command} completed`,
  CommandFailed: ({ command, error }) => `command ${command} failed: ${error.message} (${error.code})`,
  CommandExpired: ({ command }) => `command ${command} expired`,
  CommandCancelled: ({ command, by, reason }) => `command ${command} cancelled by ${by}${because(reason)}`,
  CommandGivenUp: ({ command, reason }) => `command ${command} given up: ${reason}`,
  ConfigurationSet: ({ revision, by, reason }) => `configuration ${revision} set by ${by}${because(reason)}`,
  ConfigurationReported: ({ revision, state, error }) => `configuration ${revision} ${state}${because(error?.message)}`,
  DeviceScanned: ({ updates, failures }) =>
    `compared with catalogues: ${updates.length} packages found, ${failures.length} catalogues failed`,
  GatewayStarted: ({ version }) => `gateway started${version === undefined ? "" : `, version ${version}`}`,
  GatewayStopped: () => "gateway stopped; its sessions ended",
  GatewayLost: ({ leaseTtlMs }) =>
    `gateway lost: it did not renew its lease of ${leaseTtlMs / 1_000} s; its sessions ended`,
  DeliveryRequested: ({ channel, by }) => `message to channel ${channel} requested by ${by}`,
  DeliverySent: ({ channel }) => `message to channel ${channel} sent`,
  DeliveryFailed: ({ channel, reason }) => `message to channel ${channel} failed, to be tried again: ${reason}`,
  DeliveryGivenUp: ({ channel, reason }) => `message to channel ${channel} given up: ${reason}`,
  DeliveryRefused: ({ channel, reason }) => `message to channel ${channel} refused: ${reason}`,
};

/**
 * A line of a time line: time, device or gateway, and what happened. People are named by their ids, because their names are
 * sealed. Control characters are left out.
 * @param entity replaces the entity of the event's subject
 */
export function textOf(event: RecordedEvent, entity = parseSubject(event.subject)?.entity ?? event.subject): string {
  const text = (TEXTS[event.type] as ((data: unknown) => string) | undefined)?.(event.data) ?? plainName(event.type);
  const when = event.devicetime === undefined ? "" : ` (by the device's clock ${event.devicetime})`;
  return shortened(`${event.time} ${entity}: ${text}${when}`);
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : ` (${reason})`;
}

/** `DeviceLoginReserved` becomes "device login reserved". */
function plainName(type: string): string {
  return type.replace(/(?<=.)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

function shortened(text: string): string {
  const plain = text.replace(/\p{Cc}+/gu, " ").toWellFormed();
  return plain.length <= LONGEST ? plain : `${[...plain].slice(0, LONGEST - 1).join("")}…`;
}

/** The device that a message to a channel was about. Later events of the delivery have only the delivery's id. */
export function deviceTold({ data }: RecordedEvent): string {
  const { device, delivery } = data as { readonly device?: string; readonly delivery?: string };
  return device ?? `message ${delivery}`;
}
