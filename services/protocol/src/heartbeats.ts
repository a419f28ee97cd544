import type { MarkProblem } from "./history-marks.ts";

export const HEARTBEAT_INTERVAL_MS = 2_000;

/** A machine's clock, compared with the clock of NATS' server. */
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
  /** The time by the gateway's clock, in milliseconds since 1970; older gateways do not send it. */
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
  /** FLEET sequence up to which the past can be queried, and the number of later events. */
  readonly seq: number;
  readonly lag: number;
  /**
   * FLEET sequence up to which a new history is built, and the log's end. Present only while the history of an earlier
   * release answers.
   */
  readonly rebuild?: { readonly seq: number; readonly goal: number };
  /**
   * Folders of histories of which the disk has lost a file: they are built again from the log. Until somebody deletes them;
   * absent if there are none.
   */
  readonly setAside?: readonly string[];
  /** Absent from older historians. */
  readonly marks?: MarksReport;
  /** Absent from older historians. */
  readonly telemetry?: ArchiveReport;
  readonly clock?: ClockReport;
}
/** The archive of telemetry. */
export interface ArchiveReport {
  /** TELEMETRY sequence up to which the archive has copied the stream, and the number of later events. */
  readonly seq: number;
  readonly lag: number;
  /** The oldest sequence in the archive's files; absent if the archive has none. */
  readonly first?: number;
  /** Size of the archive's files. */
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
  /** Marks that are wrong or do not match the log. */
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
