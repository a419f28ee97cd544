import type { CloseReason } from "@fleetlog/domain";

/** WebSocket close codes (RFC 6455, 7.4.1 and its registry). */
export const CLOSE = { normal: 1000, protocolError: 1002, policy: 1008, restart: 1012, tryLater: 1013 } as const;

export interface EndCodes {
  /** Undefined: the socket is destroyed, because the peer is gone. */
  readonly closeCode: number | undefined;
  /** Reason code of DISCONNECT in MQTT 5 [MQTT5 3.14.2.1]. Undefined: close without DISCONNECT. */
  readonly reasonCode: number | undefined;
  readonly text: string;
}

/**
 * Clients of rpc-websockets reconnect after any WebSocket close code but 1000. A device gets 1000 if it must not
 * reconnect, 1012 or 1013 if it should, and 1008 if its credentials are wrong.
 *
 * libmosquitto (at least up to 2.0) never reconnects after DISCONNECT of MQTT. A device that should reconnect gets no
 * DISCONNECT.
 */
export const END_CODES: Readonly<Record<CloseReason, EndCodes>> = {
  "device-closed": { closeCode: CLOSE.normal, reasonCode: 0x00, text: "closed" },
  superseded: { closeCode: CLOSE.normal, reasonCode: 0x8e, text: "superseded" },
  retired: { closeCode: CLOSE.normal, reasonCode: 0x98, text: "retired" },
  "token-rotated": { closeCode: CLOSE.policy, reasonCode: 0x87, text: "the token was replaced" },
  "certificate-ended": { closeCode: CLOSE.policy, reasonCode: 0x87, text: "the certificate is not valid any more" },
  "login-changed": { closeCode: CLOSE.policy, reasonCode: 0x87, text: "the log-in was changed or removed" },
  moved: { closeCode: CLOSE.restart, reasonCode: undefined, text: "moved to another account" },
  "protocol-error": { closeCode: CLOSE.protocolError, reasonCode: 0x82, text: "protocol error" },
  "rate-limited": { closeCode: CLOSE.tryLater, reasonCode: undefined, text: "too many messages" },
  "log-unavailable": { closeCode: CLOSE.tryLater, reasonCode: undefined, text: "the log is unavailable" },
  lost: { closeCode: undefined, reasonCode: undefined, text: "lost" },
  timeout: { closeCode: undefined, reasonCode: undefined, text: "silent for too long" },
};
