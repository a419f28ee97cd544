import { COMMAND_EVENT, type CommandMessage } from "@fleetlog/protocol";
import { eventMessage } from "../rpc/answers.ts";
import type { Outbox } from "../rpc/outbox.ts";
import type { Subscriptions } from "../rpc/subscriptions.ts";

const CLOSES_WITHIN_MS = 3_000;

/**
 * Commands on their way to a device: as event `command`, which comes unasked, and as an event of the command's own name
 * if the device has subscribed to that.
 *
 * A device that subscribes later is sent what is still open by the event that it has just begun to hear, and by no other:
 * a command comes at most once by each event that the device has subscribed to, whatever it subscribes to besides, ends
 * and begins anew. Only `command` can come twice: unasked, when nobody may have listened, and to who then asks for it.
 */
export class CommandEvents {
  readonly #outbox: Outbox;
  readonly #subscriptions: Subscriptions;
  readonly #clock: () => number;
  /** Which events each open command went by while the device was subscribed to them. */
  readonly #heard = new Map<string, Set<string>>();
  /** The newest command that went by its own name alone, and when. */
  #byName: { readonly id: string; readonly at: number } | undefined;
  /** A device that answers by calling is not one that answers by closing. */
  #answers = false;

  constructor(outbox: Outbox, subscriptions: Subscriptions, clock: () => number) {
    this.#outbox = outbox;
    this.#subscriptions = subscriptions;
    this.#clock = clock;
  }

  /** Resolves true once the operating system has all that was due of it, false if the connection has gone. */
  async deliver(command: CommandMessage): Promise<boolean> {
    const { id, name } = command;
    const due = this.#due(command);
    if (due.includes(name) && name !== COMMAND_EVENT && !this.#subscriptions.has(COMMAND_EVENT)) {
      this.#byName = { id, at: this.#clock() };
    }
    const params = JSON.stringify(command);
    const sent = due.map((event) => this.#send(eventMessage(event, params)));
    return (await Promise.all(sent)).every(Boolean);
  }

  /** The command has ended. */
  forget(id: string): void {
    this.#heard.delete(id);
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

  /** The events that it is to go by now, its own name first. */
  #due({ id, name }: CommandMessage): readonly string[] {
    const known = this.#heard.get(id);
    const heard = known ?? new Set();
    const unasked = known === undefined;
    const due = [...new Set([name, COMMAND_EVENT])].filter((event) => {
      if (!this.#subscriptions.has(event)) return event === COMMAND_EVENT && unasked;
      const fresh = !heard.has(event);
      heard.add(event);
      return fresh;
    });
    this.#heard.set(id, heard);
    return due;
  }

  #send(message: string): Promise<boolean> {
    return new Promise((resolve) => this.#outbox.send(message, resolve));
  }
}
