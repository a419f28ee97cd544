import type { CloseReason } from "@fleetlog/domain";

/** Why a connection ends, and what to do with it. */
export interface ConnectionEnding {
  readonly reason: CloseReason;
  readonly detail?: string | undefined;
  /** Reason code of the DISCONNECT that MQTT 5 sends; undefined: send none. */
  readonly code?: number | undefined;
  /** Drop the will, because the device has ended the connection normally [MQTT-3.14.4-3]. */
  readonly dropWill?: boolean;
}
