import type { CommandIssued, Consequence, RecordedEvent, StreamName } from "@fleetlog/domain";

/**
 * Live messages to whichever gateway holds a device's session: `live.<device token>.<kind>`. Hints only: what they
 * say is in the log before they are sent, and whoever misses one learns it from there.
 */
export interface LiveMessages {
  /** A command was issued. */
  command: { readonly event: RecordedEvent<CommandIssued> };
  /** A pending command was ended by somebody else than the device. */
  ended: { readonly command: string };
  /** A newer session was opened: older ones close themselves. */
  session: { readonly epoch: number };
  /** Names the event that it follows from, where it is known, for the ends of sessions that follow from it. */
  retired: Consequence;
  /** Its token was replaced: sessions opened with the old one close themselves. */
  credential: Consequence;
}
export type LiveKind = keyof LiveMessages;

/** `token` is the device id made a subject token (`encodeToken` of @fleetlog/domain). */
export function liveSubject(token: string, kind: LiveKind | "*"): string {
  return `live.${token}.${kind}`;
}

/** Says which rows of a view changed; a reader that misses some reads the view again. */
export interface Changed {
  /** Sequence of its stream that the view is built up to. */
  readonly seq: number;
  /** FLEET unless given. */
  readonly stream?: StreamName;
  /** Keys of the rows; null when they are too many to name. */
  readonly keys: readonly string[] | null;
  /**
   * For each of the keys whose row it was before and is now, so that a hint reaches only those whose scope has either. Null
   * when they are too many or too large to name; absent when the rows belong to the installation, and no scope hides them.
   */
  readonly scopes?: readonly ChangedScope[] | null;
}
/** Null: nobody's, as of a device that is not registered. */
export interface ChangedScope {
  readonly before: Belonging | null;
  readonly after: Belonging | null;
}
/** Whose a device is: what a scope judges by. */
export interface Belonging {
  readonly account: string;
  readonly tags: readonly string[];
}
export function changedSubject(view: string): string {
  return `changed.${view}`;
}

/** How often each process publishes its heartbeat. */
export const HEARTBEAT_INTERVAL_MS = 2_000;

export interface GatewayHeartbeat {
  readonly kind: "gateway";
  readonly id: string;
  readonly incarnation: string;
  readonly connections: { readonly websocket: number; readonly mqtt: number };
  /** Of the interval before this heartbeat: events acknowledged to devices, and commands delivered to them. */
  readonly eventsPerSecond: number;
  readonly commandsPerSecond: number;
  /** Milliseconds from an event's arrival to the log's acknowledgement in that interval; 0 if there was none. */
  readonly appendMs: { readonly p50: number; readonly p99: number };
  readonly logStatus: string;
  /** Milliseconds since its lease was last renewed, and how long a renewal lasts; absent from older gateways. */
  readonly lease?: { readonly ageMs: number; readonly ttlMs: number };
}
export interface ProjectorHeartbeat {
  readonly kind: "projector";
  readonly id: string;
  /** FLEET sequence of the checkpoint, and how many events are still to come. */
  readonly seq: number;
  readonly lag: number;
  readonly state: "building" | "live";
}
export interface ReactorsHeartbeat {
  readonly kind: "reactors";
  readonly id: string;
  readonly active: boolean;
}
export type Heartbeat = GatewayHeartbeat | ProjectorHeartbeat | ReactorsHeartbeat;

/** The subjects keep their first name, `beat.`: processes of an older release may run beside this one. */
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
