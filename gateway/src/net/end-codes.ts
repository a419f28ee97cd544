import type { CloseReason } from "@fleetlog/domain";

/** WebSocket close codes (RFC 6455, 7.4.1 and its registry). */
export const CLOSE = { normal: 1000, protocolError: 1002, policy: 1008, restart: 1012, tryLater: 1013 } as const;

export interface EndCodes {
  /** WebSocket close code; undefined: the peer is gone, so the socket is destroyed. */
  readonly closeCode: number | undefined;
  /** Reason code of MQTT 5's DISCONNECT [MQTT5 3.14.2.1]; undefined: close without DISCONNECT, as MQTT 3 does. */
  readonly reasonCode: number | undefined;
  /** Text for people, used when no more precise text is given. */
  readonly text: string;
}

/**
 * Codes for the end of a session in each protocol. (Codes for errors are in `WIRE_ERRORS` of @fleetlog/protocol.)
 *
 * Clients of rpc-websockets reconnect a second after any close code but 1000. So a device that must not reconnect gets
 * 1000. After any other code, even a private code such as 4001, a retired device would retry for ever. Two connections
 * of one device would replace each other every second. Devices that should reconnect get 1012 or 1013. A device with
 * wrong credentials gets 1008, because it may have new credentials when it reconnects.
 *
 * MQTT: libmosquitto (up to 2.0 at least, and so mosquitto_sub) never reconnects after a DISCONNECT, whatever its
 * reason code. It always reconnects after a close without DISCONNECT. So a device that should reconnect gets no
 * DISCONNECT.
 */
export const END_CODES: Readonly<Record<CloseReason, EndCodes>> = {
  "device-closed": { closeCode: CLOSE.normal, reasonCode: 0x00, text: "closed" },
  superseded: { closeCode: CLOSE.normal, reasonCode: 0x8e, text: "superseded" },
  retired: { closeCode: CLOSE.normal, reasonCode: 0x98, text: "retired" },
  "token-rotated": { closeCode: CLOSE.policy, reasonCode: 0x87, text: "the token was replaced" },
  "certificate-ended": { closeCode: CLOSE.policy, reasonCode: 0x87, text: "the certificate is not valid any more" },
  moved: { closeCode: CLOSE.restart, reasonCode: undefined, text: "moved to another account" },
  "protocol-error": { closeCode: CLOSE.protocolError, reasonCode: 0x82, text: "protocol error" },
  "rate-limited": { closeCode: CLOSE.tryLater, reasonCode: undefined, text: "too many messages" },
  "log-unavailable": { closeCode: CLOSE.tryLater, reasonCode: undefined, text: "the log is unavailable" },
  lost: { closeCode: undefined, reasonCode: undefined, text: "lost" },
  timeout: { closeCode: undefined, reasonCode: undefined, text: "silent for too long" },
};
