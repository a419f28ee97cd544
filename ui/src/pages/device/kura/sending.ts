import type { ReactiveController, ReactiveControllerHost } from "lit";
import { issueCommand } from "../../../data/commands.ts";
import { Attempt } from "../../../state/attempt.ts";
import { notifyError } from "../../../state/toasts.ts";

/** Sends a section's commands, one at a time. */
export class Sending implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #attempt = new Attempt();
  readonly #sent: () => void;
  busy = false;

  /** @param sent called when a command is in the log */
  constructor(host: ReactiveControllerHost, sent: () => void) {
    this.#host = host;
    this.#sent = sent;
    host.addController(this);
  }

  hostConnected(): void {}

  /** Resolves with false if it could not be sent, after showing why. */
  async send(device: string, name: string, params: object = {}): Promise<boolean> {
    if (this.busy) return false;
    this.#set(true);
    const body = { name, params };
    try {
      await issueCommand(device, body, this.#attempt.keyOf(body));
      this.#attempt.done();
      this.#sent();
      return true;
    } catch (error) {
      notifyError("The command was not sent", error);
      return false;
    } finally {
      this.#set(false);
    }
  }

  #set(busy: boolean): void {
    this.busy = busy;
    this.#host.requestUpdate();
  }
}
