import { COMMAND_EVENT, type CommandMessage } from "@fleetlog/protocol";
import { eventMessage } from "../rpc/answers.ts";
import type { Outbox } from "../rpc/outbox.ts";
import type { Subscriptions } from "../rpc/subscriptions.ts";

const CLOSES_WITHIN_MS = 3_000;

/** Commands on their way to a device: as event `command`, and as an event of the command's own name if it wants that. */
export class CommandEvents {
  readonly #outbox: Outbox;
  readonly #subscriptions: Subscriptions;
  readonly #clock: () => number;
  /** The newest command that went by its own name alone, and when. */
  #byName: { readonly id: string; readonly at: number } | undefined;
  /** A device that answers by calling is not one that answers by closing. */
  #answers = false;

  constructor(outbox: Outbox, subscriptions: Subscriptions, clock: () => number) {
    this.#outbox = outbox;
    this.#subscriptions = subscriptions;
    this.#clock = clock;
  }

  /** Resolves true once the operating system has the message, false if the connection has gone. */
  deliver(command: CommandMessage): Promise<boolean> {
    const params = JSON.stringify(command);
    const named = command.name !== COMMAND_EVENT && this.#subscriptions.has(command.name);
    if (named) {
      this.#outbox.send(eventMessage(command.name, params));
      if (!this.#subscriptions.has(COMMAND_EVENT)) this.#byName = { id: command.id, at: this.#clock() };
    }
    return new Promise((resolve) => this.#outbox.send(eventMessage(COMMAND_EVENT, params), resolve));
  }

  /** The device has answered a command by calling. */
  answered(): void {
    this.#answers = true;
  }

  /**
   * The command that a closing of the connection now answers. The programs of rpc-websockets' tutorials take a command
   * by its own name and know nothing of ids: what `reboot` does to them is that they close the connection at once. Any
   * other closing says nothing of any command: of a device that answers by calling, of one that listens to `command`,
   * or after a while.
   */
  answeredByClosing(): string | undefined {
    if (this.#byName === undefined || this.#answers) return undefined;
    return this.#clock() - this.#byName.at <= CLOSES_WITHIN_MS ? this.#byName.id : undefined;
  }
}
