import { COMMAND_EVENT, type CommandMessage } from "@fleetlog/protocol";
import { eventMessage } from "../rpc/answers.ts";
import type { Outbox } from "../rpc/outbox.ts";
import type { Subscriptions } from "../rpc/subscriptions.ts";

/** Commands on their way to a device: as event `command`, and as an event of the command's own name if it wants that. */
export class CommandEvents {
  readonly #outbox: Outbox;
  readonly #subscriptions: Subscriptions;
  #openByName: Set<string> | undefined;

  constructor(outbox: Outbox, subscriptions: Subscriptions) {
    this.#outbox = outbox;
    this.#subscriptions = subscriptions;
  }

  /** Resolves true once the operating system has the message, false if the connection has gone. */
  deliver(command: CommandMessage): Promise<boolean> {
    const params = JSON.stringify(command);
    const named = command.name !== COMMAND_EVENT && this.#subscriptions.has(command.name);
    if (named) {
      this.#outbox.send(eventMessage(command.name, params));
      if (!this.#subscriptions.has(COMMAND_EVENT)) {
        this.#openByName ??= new Set();
        this.#openByName.add(command.id);
      }
    }
    return new Promise((resolve) => this.#outbox.send(eventMessage(COMMAND_EVENT, params), resolve));
  }

  answered(id: string): void {
    this.#openByName?.delete(id);
  }

  /**
   * Commands that a device took by their own names alone, and has not answered. The programs of rpc-websockets'
   * tutorials are of that kind: what `reboot` does to them is that they close the connection, and that is their answer.
   */
  openByName(): readonly string[] {
    return [...(this.#openByName ?? [])];
  }
}
