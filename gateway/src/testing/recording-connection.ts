import type { CloseReason } from "@fleetlog/domain";
import type { CommandCancellation, CommandMessage, ConfigurationMessage } from "@fleetlog/protocol";
import type { Delivery, DeviceConnection } from "../sessions/index.ts";

/** A connection that records calls. It accepts commands while `listening`. */
export class RecordingConnection implements DeviceConnection {
  readonly protocol = "mqtt";
  readonly version = "MQTT 5";
  readonly address = "127.0.0.1:50000";
  readonly delivered: CommandMessage[] = [];
  listening: boolean;
  /** Names of commands that get `not-now`. */
  busyWith: readonly string[] = [];
  readonly cancelled: CommandCancellation[] = [];
  open = true;
  readonly configured: ConfigurationMessage[] = [];
  readonly forgotten: string[] = [];
  /** A delivery resolves after this promise. */
  written: Promise<void> = Promise.resolve();
  ended: { readonly reason: CloseReason; readonly detail: string | undefined } | undefined;

  constructor({ listening = true } = {}) {
    this.listening = listening;
  }

  get closed(): boolean {
    return this.ended !== undefined;
  }

  async deliver(message: CommandMessage): Promise<Delivery> {
    if (!this.listening) return "blocked";
    if (this.busyWith.includes(message.name)) return "not-now";
    this.delivered.push(message);
    await this.written;
    return "delivered";
  }

  async cancel(message: CommandCancellation): Promise<boolean> {
    if (this.open) this.cancelled.push(message);
    return this.open;
  }

  async configure(message: ConfigurationMessage): Promise<boolean> {
    if (!this.listening) return false;
    this.configured.push(message);
    await this.written;
    return true;
  }

  forget(command: string): void {
    this.forgotten.push(command);
  }

  end(reason: CloseReason, detail?: string): void {
    this.ended = { reason, detail };
  }
}
