import type { WebSocket } from "ws";
import type { MessageIntake } from "../rpc/intake.ts";
import type { Outbox } from "../rpc/outbox.ts";

/** Heartbeat intervals without data from the peer, after which the connection is closed. */
const SILENT_INTERVALS = 2;

/** Notices a peer that has gone without closing its connection. */
export class Liveness {
  /** Whether data came since the last check. */
  heard = false;
  #silentIntervals = 0;

  /** Called at each heartbeat. @returns why the peer counts as gone; undefined if it does not */
  check(websocket: WebSocket, intake: MessageIntake, outbox: Outbox): string | undefined {
    const stalled = outbox.full;
    const { paused } = intake;
    if (!stalled && (this.heard || paused)) {
      this.heard = false;
      this.#silentIntervals = 0;
      // Pongs are not read while the socket is paused, but the ping fails on a broken connection.
      if (paused) websocket.ping();
      return undefined;
    }
    if (this.#silentIntervals >= SILENT_INTERVALS)
      return stalled ? "does not read what it is sent" : "does not answer pings";
    this.#silentIntervals++;
    if (!stalled) websocket.ping();
    else
      void outbox.drained.then(() => {
        this.#silentIntervals = 0;
      });
    return undefined;
  }
}
