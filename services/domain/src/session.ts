import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import type { GatewayEvent } from "./gateway.ts";

export type SessionProtocol = "websocket" | "mqtt";

/** `lost`: the connection broke without a close. `timeout`: the device was silent beyond the keep-alive. */
export type CloseReason =
  | "device-closed"
  | "lost"
  | "timeout"
  | "superseded"
  | "retired"
  | "token-rotated"
  /** The client certificate was revoked, or has expired. */
  | "certificate-ended"
  /** The log-in of a device of a dialect was changed or removed. */
  | "login-changed"
  /** The device moved to another account, which owns the next session. */
  | "moved"
  | "protocol-error"
  | "rate-limited"
  | "log-unavailable";

/** Whether the session ended because its credential did. Then its waiting reports and its will are dropped. */
export function isRevoked(reason: CloseReason): boolean {
  return (
    reason === "retired" || reason === "token-rotated" || reason === "certificate-ended" || reason === "login-changed"
  );
}

/** The credential by which a session was opened. */
export type SessionCredential =
  /** The id distinguishes the token from all others that the device has had. */
  | { readonly by: "token"; readonly id: string }
  | { readonly by: "certificate"; readonly issuer: string; readonly serial: string }
  /** The log-in of a device of a dialect; the id changes with the log-in. */
  | { readonly by: "login"; readonly id: string }
  /** A person let this connection in. */
  | { readonly by: "admission" };

// Events

export interface SessionOpened {
  readonly type: "SessionOpened";
  readonly data: {
    readonly device: string;
    readonly gateway: string;
    /** Names one start of the gateway's process. The session ends with that process. */
    readonly incarnation: string;
    readonly protocol: SessionProtocol;
    /** Protocol and level: `MQTT 3.1.1`, `MQTT 5`, `JSON-RPC`. */
    readonly version?: string;
    readonly address?: string;
    readonly keepAliveSeconds?: number;
    /** Missing in events of older releases, and for a certificate without known issuer or serial. */
    readonly credential?: SessionCredential;
  };
}

export interface SessionReference {
  /**
   * The sequence that SessionOpened had in the log to which the event with this reference was first appended. A copy of
   * the log may have another one.
   */
  readonly epoch: number;
  /** The id of SessionOpened, which is the same in every copy of the log. Events of older releases lack it. */
  readonly session?: string | undefined;
}

export interface SessionClosed {
  readonly type: "SessionClosed";
  readonly data: SessionReference & {
    readonly device: string;
    readonly reason: CloseReason;
    /** A text for people: a close code, a reason code or an error's text. */
    readonly detail?: string;
  };
}

export type SessionEvent = SessionOpened | SessionClosed;

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

/** A device has at most one session, the newest. */
export interface SessionState {
  readonly open?: OpenSession;
  readonly seq?: number;
}

export function sessionOf(event: Recorded<SessionEvent>): SessionReference {
  return event.type === "SessionOpened" ? { epoch: event.seq, session: event.id } : event.data;
}

/** Part of event ids: the session's id or, for older releases, its epoch. */
export function sessionToken({ epoch, session }: SessionReference): string {
  return session ?? String(epoch);
}

/**
 * Compares ids if both references have one, otherwise epochs. In a sourced, imported or truncated log, sequences change
 * but ids stay.
 */
export function isSameSession(a: SessionReference, b: SessionReference): boolean {
  return a.session !== undefined && b.session !== undefined ? a.session === b.session : a.epoch === b.epoch;
}

/** Whether `a` was opened before `b`. */
export function isOlderSession(a: SessionReference, b: SessionReference): boolean {
  return a.epoch < b.epoch && !isSameSession(a, b);
}

// Commands

export type SessionCommand =
  | ({ readonly type: "OpenSession" } & SessionOpened["data"])
  | ({ readonly type: "CloseSession" } & SessionClosed["data"]);

// Decisions

/** Opening replaces the open session. Closing counts only for the open session. */
export const sessionDecider: Decider<SessionState, SessionCommand, SessionEvent> = {
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
