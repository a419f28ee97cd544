import type { CloseReason } from "@fleetlog/domain";

/** Why and how a connection ends. */
export interface ConnectionEnding {
  readonly reason: CloseReason;
  readonly detail?: string | undefined;
  /** Reason code of DISCONNECT in MQTT 5; undefined: no DISCONNECT. */
  readonly code?: number | undefined;
  /** The device has ended the connection normally, so its will is dropped [MQTT-3.14.4-3]. */
  readonly dropWill?: boolean;
}
