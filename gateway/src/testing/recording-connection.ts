import type { CloseReason } from "@fleetlog/domain";
import type { CommandMessage } from "@fleetlog/protocol";
import type { DeviceConnection } from "../sessions/index.ts";

/** A transport that records: takes commands while `listening`, and remembers how it was ended. */
export class RecordingConnection implements DeviceConnection {
  readonly protocol = "mqtt";
  readonly version = "MQTT 5";
  readonly address = "127.0.0.1:50000";
  readonly delivered: CommandMessage[] = [];
  listening: boolean;
  ended: { readonly reason: CloseReason; readonly detail: string | undefined } | undefined;

  constructor({ listening = true } = {}) {
    this.listening = listening;
  }

  async deliver(message: CommandMessage): Promise<boolean> {
    if (this.listening) this.delivered.push(message);
    return this.listening;
  }

  end(reason: CloseReason, detail?: string): void {
    this.ended = { reason, detail };
  }
}
