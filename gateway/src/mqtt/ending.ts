import type { CloseReason } from "@fleetlog/domain";
import { REASON } from "./wire/reasons.ts";

/** How a connection ends. */
export interface Ending {
  readonly reason: CloseReason;
  readonly detail?: string | undefined;
  /** For the DISCONNECT of MQTT 5; undefined: without a word. */
  readonly code?: number | undefined;
  /** The device took its will back [MQTT-3.14.4-3]. */
  readonly dropWill?: boolean;
}

/** What a session's end is called in DISCONNECT [MQTT5 3.14.2.1]. */
export const END_REASONS: Readonly<Record<CloseReason, number>> = {
  "device-closed": REASON.success,
  lost: REASON.unspecified,
  timeout: REASON.keepAliveTimeout,
  superseded: REASON.takenOver,
  retired: REASON.administrative,
  "token-rotated": REASON.notAuthorised,
  "protocol-error": REASON.protocolError,
  "rate-limited": REASON.rateTooHigh,
  "log-unavailable": REASON.unavailable,
};
