import type { Causation, CommandIssued, RecordedEvent, SessionReference, StreamName } from "@fleetlog/domain";
import type { CancelReason } from "./device/reports.ts";
import type { MarkProblem } from "./http/history-marks.ts";

/**
 * Messages to the gateway with a device's session: `live.<device token>.<kind>`. They may be lost: a gateway finds
 * their content in the log.
 */
export interface LiveMessages {
  command: { readonly event: RecordedEvent<CommandIssued> };
  /** A command ended without its device. */
  ended: { readonly command: string /** Absent from older senders. */; readonly reason?: CancelReason };
  /** A newer session was opened: gateways close the older sessions. */
  session: SessionReference;
  /** The device was retired. Names the cause of the SessionClosed events that follow. */
  retired: Causation;
  /** The device's token was replaced: gateways close sessions with the old token. */
  credential: Causation;
  /** The device was moved: gateways close its sessions. */
  moved: Causation;
  /** A change of the device may have taken it out of a group. */
  changed: Causation;
}
export type LiveKind = keyof LiveMessages;

/** @param token the device id after `encodeToken` of @fleetlog/domain */
export function liveSubject(token: string, kind: LiveKind | "*"): string {
  return `live.${token}.${kind}`;
}

export interface Changed {
  /** The view is built up to this sequence of its stream. */
  readonly seq: number;
  /** Default: FLEET. */
  readonly stream?: StreamName;
  /** Keys of the changed rows; null if there are too many. */
  readonly keys: readonly string[] | null;
  /**
   * Account and tags of each row before and after the change; null if there are too many, absent for rows that no scope
   * of tags hides. Gateways do not use the scopes yet.
   */
  readonly scopes?: readonly ChangedScope[] | null;
}
/** Null means no account, as for an unregistered device. */
export interface ChangedScope {
  readonly before: Belonging | null;
  readonly after: Belonging | null;
}
export interface Belonging {
  readonly account: string;
  readonly tags: readonly string[];
}
export function changedSubject(projection: string): string {
  return `changed.${projection}`;
}

export const HEARTBEAT_INTERVAL_MS = 2_000;

/** A machine's clock, compared with that of NATS' server. */
export interface ClockReport {
  readonly state: "right" | "off" | "wrong";
  /** Milliseconds ahead; negative if behind. */
  readonly offsetMs: number;
}

export interface GatewayHeartbeat {
  readonly kind: "gateway";
  readonly id: string;
  readonly incarnation: string;
  readonly connections: { readonly websocket: number; readonly mqtt: number };
  /** Counted in the interval before this heartbeat. */
  readonly eventsPerSecond: number;
  readonly commandsPerSecond: number;
  /** Milliseconds from an event's arrival to its acknowledgement; 0 without events. */
  readonly appendMs: { readonly p50: number; readonly p99: number };
  readonly logStatus: string;
  /** `ageMs` is the time since the last renewal, `ttlMs` the duration of a lease. Absent from older gateways. */
  readonly lease?: { readonly ageMs: number; readonly ttlMs: number };
  readonly clock?: ClockReport;
  /** By the gateway's clock, in milliseconds since 1970; absent from older gateways. */
  readonly sentAt?: number;
}
export interface ProjectorHeartbeat {
  readonly kind: "projector";
  readonly id: string;
  /** FLEET sequence of the checkpoint, and the number of later events. */
  readonly seq: number;
  readonly lag: number;
  readonly state: "building" | "live";
  /** Known missing entries of FLEET; absent from older projectors. */
  readonly missing?: number;
  /** The first ranges of missing sequences. */
  readonly missingRanges?: readonly { readonly from: number; readonly to: number }[];
  readonly clock?: ClockReport;
}
export interface ReactorsHeartbeat {
  readonly kind: "reactors";
  readonly id: string;
  readonly active: boolean;
  readonly clock?: ClockReport;
}
export interface HistorianHeartbeat {
  readonly kind: "historian";
  readonly id: string;
  /** FLEET sequence up to which moments can be asked, and the number of later events. */
  readonly seq: number;
  readonly lag: number;
  /**
   * FLEET sequence up to which a new history is built, and the log's end. Absent unless the history of an earlier release
   * answers meanwhile.
   */
  readonly rebuild?: { readonly seq: number; readonly goal: number };
  /** Absent from older historians. */
  readonly marks?: MarksReport;
  /** Absent from older historians. */
  readonly telemetry?: ArchiveReport;
  readonly clock?: ClockReport;
}
/** The archive of telemetry. */
export interface ArchiveReport {
  /** TELEMETRY sequence up to which it has what the stream had, and the number of later events. */
  readonly seq: number;
  readonly lag: number;
  /** The oldest sequence that it has in files; absent if it has none. */
  readonly first?: number;
  /** Size of its files. */
  readonly bytes: number;
  /** Events that are lost with damaged files: how many, and the first ranges of sequences. Absent if there are none. */
  readonly missing?: {
    readonly events: number;
    readonly ranges: readonly { readonly from: number; readonly to: number }[];
  };
  /** Absent from older historians. */
  readonly check?: ArchiveCheck;
}
/** The comparison of the archive's files with their hashes, which begins again a day after its end. */
export interface ArchiveCheck {
  /** Files compared in this round, and all files of the round. */
  readonly checked: number;
  readonly of: number;
  /** Files found damaged since the historian's start. */
  readonly damaged: number;
  /** When the last round ended, RFC 3339; absent before the first one has. */
  readonly finishedAt?: string;
}
export interface MarksReport {
  /** Sequences up to which there are marks, and up to which this historian has compared the log with them. */
  readonly through: number;
  readonly checkedThrough: number;
  /** Marks that are wrong, or are not of what the log has now. */
  readonly problems: number;
  readonly first?: MarkProblem;
  /** Why this historian signs no marks. */
  readonly keyProblem?: string;
}
export type Heartbeat = GatewayHeartbeat | ProjectorHeartbeat | ReactorsHeartbeat | HistorianHeartbeat;

/** The prefix stays `beat.` for processes of older releases. */
export function heartbeatSubject(kind: Heartbeat["kind"] | "*", token: string): string {
  return `beat.${kind}.${token}`;
}

/** Leases expire after the setting `leaseTtl`. */
export const LEASES = {
  bucket: "leases",
  maxBytes: 16 * 1024 ** 2,
  gatewayPrefix: "gateway.",
  gateway: (token: string): string => `gateway.${token}`,
  reactors: "reactors",
} as const;

/** Bus subject, with `{ person }`: the person's access has changed, and every node looks it up again. */
export const ACCESS_ENDED = "access.ended";

/** Bus subject, with `AccountUse`: what devices have sent to a gateway since its last message. */
export const ACCOUNTS_USED = "accounts.used";
export interface AccountUse {
  readonly gateway: string;
  /** Only of accounts with a limit. */
  readonly used: readonly (readonly [account: string, events: number, bytes: number])[];
}

/** Bus subject: a customer's authority or a group has changed, and every node looks at the certificates again. */
export const AUTHORITIES_CHANGED = "authorities.changed";

/** Bus subject, with `{ id, node }`: a provisioning device has logged in, and its session on another node ends. */
export const PROVISIONING_SESSION = "provisioning.session.*";
export function provisioningSessionSubject(token: string): string {
  return `provisioning.session.${token}`;
}
