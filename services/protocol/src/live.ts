import type { Causation, CommandIssued, RecordedEvent, SessionReference, StreamName } from "@fleetlog/domain";
import type { CancelReason } from "./device/reports.ts";

/**
 * Live messages to the gateway that holds a device's session: `live.<device token>.<kind>`. They may be lost: their
 * content is in the log before they are sent, and a gateway that misses a message reads its content there.
 */
export interface LiveMessages {
  /** A command was issued. */
  command: { readonly event: RecordedEvent<CommandIssued> };
  /** A pending command was ended, but not by its device. */
  ended: { readonly command: string /** Absent from older senders. */; readonly reason?: CancelReason };
  /** A newer session of the device was opened, so gateways close its older sessions. */
  session: SessionReference;
  /** The device was retired. Names DeviceRetired, if known, as the cause of each SessionClosed that follows. */
  retired: Causation;
  /** The device's token was replaced, so gateways close sessions that were opened with the old token. */
  credential: Causation;
  /** The device was moved to another account, so gateways close its sessions. */
  moved: Causation;
}
export type LiveKind = keyof LiveMessages;

/** `token` is the device id encoded as a subject token (`encodeToken` of @fleetlog/domain). */
export function liveSubject(token: string, kind: LiveKind | "*"): string {
  return `live.${token}.${kind}`;
}

/** Published when rows of a view change. */
export interface Changed {
  /** Sequence of the stream up to which the view is built. */
  readonly seq: number;
  /** The stream from which the view is built; default: FLEET. */
  readonly stream?: StreamName;
  /** Keys of the changed rows; null when there are too many. */
  readonly keys: readonly string[] | null;
  /**
   * For each key, account and tags of the row before and after the change, so that a hint reaches only viewers whose
   * scope contains one of the two. Null when they are too many or too large; absent for rows that no scope of tags hides. Not
   * used by the gateway yet: it drops the keys for limited viewers.
   */
  readonly scopes?: readonly ChangedScope[] | null;
}
/** Null: the row belongs to no account, such as that of an unregistered device. */
export interface ChangedScope {
  readonly before: Belonging | null;
  readonly after: Belonging | null;
}
/** Account and tags of a device, by which scopes filter. */
export interface Belonging {
  readonly account: string;
  readonly tags: readonly string[];
}
export function changedSubject(projection: string): string {
  return `changed.${projection}`;
}

/** How often each process publishes its heartbeat. */
export const HEARTBEAT_INTERVAL_MS = 2_000;

/** The clock of a process's machine, compared with that of NATS' server. */
export interface ClockReport {
  readonly state: "right" | "off" | "wrong";
  /** Milliseconds that it is ahead; negative if it is behind. */
  readonly offsetMs: number;
}

export interface GatewayHeartbeat {
  readonly kind: "gateway";
  readonly id: string;
  readonly incarnation: string;
  readonly connections: { readonly websocket: number; readonly mqtt: number };
  /** Events acknowledged to devices and commands delivered to them, in the interval before this heartbeat. */
  readonly eventsPerSecond: number;
  readonly commandsPerSecond: number;
  /** Milliseconds from an event's arrival to the log's acknowledgement in that interval; 0 if there was none. */
  readonly appendMs: { readonly p50: number; readonly p99: number };
  readonly logStatus: string;
  /** Milliseconds since the gateway renewed its lease, and how long a renewal lasts; absent from older gateways. */
  readonly lease?: { readonly ageMs: number; readonly ttlMs: number };
  /** Absent from older gateways. */
  readonly clock?: ClockReport;
  /** When it was sent, by the gateway's clock, in milliseconds since 1970; absent from older gateways. */
  readonly sentAt?: number;
}
export interface ProjectorHeartbeat {
  readonly kind: "projector";
  readonly id: string;
  /** FLEET sequence of the checkpoint, and the number of events after it. */
  readonly seq: number;
  readonly lag: number;
  readonly state: "building" | "live";
  /** How many entries of FLEET the projector knows to be missing; absent from older projectors. */
  readonly missing?: number;
  /** The first of these entries' sequences, lowest first. */
  readonly missingRanges?: readonly { readonly from: number; readonly to: number }[];
  readonly clock?: ClockReport;
}
export interface ReactorsHeartbeat {
  readonly kind: "reactors";
  readonly id: string;
  readonly active: boolean;
  readonly clock?: ClockReport;
}
export type Heartbeat = GatewayHeartbeat | ProjectorHeartbeat | ReactorsHeartbeat;

/** The prefix stays `beat.`, because processes of an older release may run beside this one. */
export function heartbeatSubject(kind: Heartbeat["kind"] | "*", token: string): string {
  return `beat.${kind}.${token}`;
}

/** The bucket of leases (its entries live for the setting `leaseTtl`), and the keys in it. */
export const LEASES = {
  bucket: "leases",
  maxBytes: 16 * 1024 ** 2,
  gatewayPrefix: "gateway.",
  gateway: (token: string): string => `gateway.${token}`,
  reactors: "reactors",
} as const;

/** Bus subject: a person's access has ended or changed, and every node looks it up again. Its data is `{ person }`. */
export const ACCESS_ENDED = "access.ended";

/**
 * Bus subject: a provisioning device has logged in, and its earlier session on another node ends. Its data is
 * `{ id, node }`.
 */
export const PROVISIONING_SESSION = "provisioning.session.*";
export function provisioningSessionSubject(token: string): string {
  return `provisioning.session.${token}`;
}
