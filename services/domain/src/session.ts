import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import type { GatewayEvent } from "./gateway.ts";

export type SessionProtocol = "websocket" | "mqtt";

/** Why a session ended. `lost`: the connection broke without a close; `timeout`: nothing came within the keep-alive. */
export type CloseReason =
  | "device-closed"
  | "lost"
  | "timeout"
  | "superseded"
  | "retired"
  | "token-rotated"
  /** Its client certificate was revoked, or has expired. */
  | "certificate-ended"
  /** To another account: its next session belongs to that one. */
  | "moved"
  | "protocol-error"
  | "rate-limited"
  | "log-unavailable";

/** Whether the session ended because its credential did: what the device has sent since then does not count. */
export function isRevoked(reason: CloseReason): boolean {
  return reason === "retired" || reason === "token-rotated" || reason === "certificate-ended";
}

// Events

export interface SessionOpened {
  readonly type: "SessionOpened";
  readonly data: {
    readonly device: string;
    readonly gateway: string;
    /** Identifies the start of the gateway. A session does not survive the process that opened it. */
    readonly incarnation: string;
    readonly protocol: SessionProtocol;
    /** Protocol level or client library, if known: `MQTT 3.1.1`, `MQTT 5`, `JSON-RPC`. */
    readonly version?: string;
    /** The peer's address, `host:port`. */
    readonly address?: string;
    readonly keepAliveSeconds?: number;
  };
}

/** How an event names a session of its device. */
export interface SessionReference {
  /** The sequence of its SessionOpened, in the log to which the author of the event wrote. */
  readonly epoch: number;
  /** The id of its SessionOpened, which is the same in every copy of the log; missing in events of older releases. */
  readonly session?: string | undefined;
}

export interface SessionClosed {
  readonly type: "SessionClosed";
  readonly data: SessionReference & {
    readonly device: string;
    readonly reason: CloseReason;
    /** Details for people: a close code, a reason code, an error's text. */
    readonly detail?: string;
  };
}

export type SessionEvent = SessionOpened | SessionClosed;

/** The category in which each event type is stored. */
export const sessionEvents: EventTypes<SessionEvent> = {
  SessionOpened: "session",
  SessionClosed: "session",
};

// State

export interface OpenSession {
  readonly epoch: number;
  readonly session: string;
  readonly gateway: string;
  readonly incarnation: string;
  readonly protocol: SessionProtocol;
}

/** A device has one session at most: the newest. */
export interface SessionState {
  readonly open?: OpenSession;
  /** Sequence of the newest event that changed this state. Older events are redeliveries and change nothing. */
  readonly seq?: number;
}

/** The session that the event opens or ends. */
export function sessionOf(event: Recorded<SessionEvent>): SessionReference {
  return event.type === "SessionOpened" ? { epoch: event.seq, session: event.id } : event.data;
}

/** Names a session in the ids of events: by the session's id or, as in older releases, by its epoch. */
export function sessionToken({ epoch, session }: SessionReference): string {
  return session ?? String(epoch);
}

/**
 * Compares the ids if both references have one, and the epochs otherwise. Ids come first because sequences change when
 * a log is sourced from the log of a site, imported or truncated, whereas ids stay the same.
 */
export function isSameSession(a: SessionReference, b: SessionReference): boolean {
  return a.session !== undefined && b.session !== undefined ? a.session === b.session : a.epoch === b.epoch;
}

/** Whether `a` was opened before `b`. Two sessions are ordered by their epochs, since ids have no order. */
export function isOlderSession(a: SessionReference, b: SessionReference): boolean {
  return a.epoch < b.epoch && !isSameSession(a, b);
}

// Commands

export type SessionCommand =
  | ({ readonly type: "OpenSession" } & SessionOpened["data"])
  | ({ readonly type: "CloseSession" } & SessionClosed["data"]);

// Decisions

/** Opening always succeeds and replaces the open session. Closing counts only if it names the open session. */
export const session: Decider<SessionState, SessionCommand, SessionEvent> = {
  initial: {},

  decide(command, state) {
    const { type, ...data } = command;
    if (type === "OpenSession") return [{ type: "SessionOpened", data: data as SessionOpened["data"] }];
    const closed = data as SessionClosed["data"];
    const isOpen = state.open !== undefined && isSameSession(state.open, closed);
    return isOpen ? [{ type: "SessionClosed", data: closed }] : [];
  },

  evolve(state, event: Recorded<SessionEvent | GatewayEvent>) {
    const { seq } = event;
    const { open } = state;
    if (seq <= (state.seq ?? open?.epoch ?? 0)) return state;
    switch (event.type) {
      case "SessionOpened": {
        const { gateway, incarnation, protocol } = event.data;
        return { open: { epoch: seq, session: event.id, gateway, incarnation, protocol }, seq };
      }
      case "SessionClosed":
        return open !== undefined && isSameSession(open, event.data) ? { seq } : state;
      case "GatewayStopped":
      case "GatewayLost":
        return open !== undefined && endsWith(event.data, open) ? { seq } : state;
      case "GatewayStarted":
        // A new start of a gateway ends the sessions of its earlier starts.
        return open?.gateway === event.data.gateway && open.incarnation !== event.data.incarnation ? { seq } : state;
      default:
        return state;
    }
  },
};

function endsWith(ended: { gateway: string; incarnation: string }, open: OpenSession): boolean {
  return ended.gateway === open.gateway && ended.incarnation === open.incarnation;
}
