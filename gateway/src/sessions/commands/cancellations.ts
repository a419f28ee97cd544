import type { CancelReason } from "@fleetlog/protocol";
import type { DeviceConnection } from "../connection.ts";

export class Cancellations {
  readonly #connection: Pick<DeviceConnection, "cancel">;
  readonly #waiting = new Map<string, CancelReason>();

  constructor(connection: Pick<DeviceConnection, "cancel">) {
    this.#connection = connection;
  }

  add(id: string, reason: CancelReason): void {
    this.#waiting.set(id, reason);
    this.send();
  }

  /** Sends the waiting cancellations. A cancellation that can't be sent now waits for the next call. */
  send(): void {
    if (this.#waiting.size === 0) return;
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const [id, reason] of due) {
      void this.#connection.cancel({ id, reason }).then((sent) => {
        if (!sent) this.#waiting.set(id, reason);
      });
    }
  }

  close(): void {
    this.#waiting.clear();
  }
}
