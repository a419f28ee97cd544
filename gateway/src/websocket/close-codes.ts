import type { CloseReason } from "@fleetlog/domain";

export interface Close {
  /** RFC 6455, 7.4.1. Undefined: there is nobody left to tell, the socket is cut. */
  readonly code: number | undefined;
  /** For people; agents know `superseded` and `retry after <n> s` by their words. */
  readonly text: string;
}

/**
 * How a session's end reaches the device. Clients of rpc-websockets come back a second later, whatever the code, with
 * one exception: 1000. So a device that must stay away gets 1000: one that was retired would knock for ever, and two
 * connections of one device would take the session from each other every second, were the older told anything else
 * (a code of our own such as 4001 included). Those that shall come back get 1012 (restart) or 1013 (try again later); one
 * with wrong credentials gets 1008 (policy), because it may hold new ones by then.
 */
export const CLOSES: Readonly<Record<CloseReason, Close>> = {
  "device-closed": { code: 1000, text: "closed" },
  superseded: { code: 1000, text: "superseded by a newer connection of this device" },
  retired: { code: 1000, text: "retired" },
  "token-rotated": { code: 1008, text: "the token was replaced" },
  "protocol-error": { code: 1002, text: "protocol error" },
  "rate-limited": { code: 1013, text: "too many messages" },
  "log-unavailable": { code: 1013, text: "the log is unavailable" },
  lost: { code: undefined, text: "lost" },
  timeout: { code: undefined, text: "silent for too long" },
};

export const RESTART = 1012;
export const TRY_LATER = 1013;
export const POLICY = 1008;

/** What the code with which a connection ended says about why. */
export function reasonOf(code: number): CloseReason {
  // 1006: no close frame came (RFC 6455, 7.1.5). Every other code was in one of the device's.
  return code === 1006 ? "lost" : "device-closed";
}

/** RFC 6455, 5.5: a control frame holds 125 bytes, two of which are the code. */
export function fitting(text: string): string {
  return Buffer.byteLength(text) <= 123 ? text : `${Buffer.from(text).subarray(0, 119).toString().replace(/�+$/, "")}…`;
}
