import type { CloseReason } from "@fleetlog/domain";

/** How a connection ends. */
export interface Ending {
  readonly reason: CloseReason;
  readonly detail?: string | undefined;
  /** For the DISCONNECT of MQTT 5; undefined: none is sent. */
  readonly code?: number | undefined;
  /** The device wants its will dropped [MQTT-3.14.4-3]. */
  readonly dropWill?: boolean;
}
