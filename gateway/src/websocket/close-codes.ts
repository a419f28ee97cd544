import type { CloseReason } from "@fleetlog/domain";
import { type Close, POLICY, TRY_LATER } from "../rpc/closing.ts";

/**
 * How a session's end reaches the device. Clients of rpc-websockets come back a second later, whatever the code, with
 * one exception: 1000. So a device that must stay away gets 1000: one that was retired would knock for ever, and two
 * connections of one device would take the session from each other every second, were the older told anything else
 * (a code of our own such as 4001 included). Those that shall come back get 1012 (restart) or 1013 (try again later); one
 * with wrong credentials gets 1008 (policy), because it may hold new ones by then. The texts are for who is told nothing
 * more particular.
 */
export const CLOSES: Readonly<Record<CloseReason, Close>> = {
  "device-closed": { code: 1000, text: "closed" },
  superseded: { code: 1000, text: "superseded" },
  retired: { code: 1000, text: "retired" },
  "token-rotated": { code: POLICY, text: "the token was replaced" },
  "protocol-error": { code: 1002, text: "protocol error" },
  "rate-limited": { code: TRY_LATER, text: "too many messages" },
  "log-unavailable": { code: TRY_LATER, text: "the log is unavailable" },
  lost: { code: undefined, text: "lost" },
  timeout: { code: undefined, text: "silent for too long" },
};

/** What the code with which a connection ended says about why. */
export function reasonOf(code: number): CloseReason {
  // 1006: no close frame came (RFC 6455, 7.1.5). Every other code was in one of the device's.
  return code === 1006 ? "lost" : "device-closed";
}
