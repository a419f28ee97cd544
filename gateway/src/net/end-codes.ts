import type { CloseReason } from "@fleetlog/domain";

/** WebSocket close codes (RFC 6455, 7.4.1 and its registry). */
export const CLOSE = { normal: 1000, protocolError: 1002, policy: 1008, restart: 1012, tryLater: 1013 } as const;

export interface EndCodes {
  /** WebSocket close code; undefined: nobody reads it, the socket is cut. */
  readonly closeCode: number | undefined;
  /** Reason code of MQTT 5's DISCONNECT [MQTT5 3.14.2.1]; MQTT 3 closes without one. */
  readonly reasonCode: number;
  /** For people, where nothing more particular is known. */
  readonly text: string;
}

/**
 * How each protocol tells a device that its session has ended. (What an error is on each wire stands in `WIRE_ERRORS` of
 * @fleetlog/protocol.)
 *
 * Clients of rpc-websockets come back a second later, whatever the close code, with one exception: 1000. So a device that
 * must stay away gets 1000: a retired one, which would try for ever, and the older of two connections of one device, which
 * would take the session back after any other code (one of our own such as 4001 included), and so on every second. Those
 * that are to come back get 1012 or 1013. One with wrong credentials gets 1008, because it may hold new ones by then.
 */
export const END_CODES: Readonly<Record<CloseReason, EndCodes>> = {
  "device-closed": { closeCode: CLOSE.normal, reasonCode: 0x00, text: "closed" },
  superseded: { closeCode: CLOSE.normal, reasonCode: 0x8e, text: "superseded" },
  retired: { closeCode: CLOSE.normal, reasonCode: 0x98, text: "retired" },
  "token-rotated": { closeCode: CLOSE.policy, reasonCode: 0x87, text: "the token was replaced" },
  "protocol-error": { closeCode: CLOSE.protocolError, reasonCode: 0x82, text: "protocol error" },
  "rate-limited": { closeCode: CLOSE.tryLater, reasonCode: 0x96, text: "too many messages" },
  "log-unavailable": { closeCode: CLOSE.tryLater, reasonCode: 0x88, text: "the log is unavailable" },
  lost: { closeCode: undefined, reasonCode: 0x80, text: "lost" },
  timeout: { closeCode: undefined, reasonCode: 0x8d, text: "silent for too long" },
};
