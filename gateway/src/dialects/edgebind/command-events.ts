import type { CommandMessage } from "@fleetlog/protocol";
import { LazyMap } from "@fleetlog/runtime";

/**
 * Selects the events that carry each open command:
 * - an event with the command's name, if the device has subscribed to it (Edgebind's
 *   programs do, for example to `reboot`);
 * - the common event for all commands, if the dialect has one. It is sent whether or not the device has subscribed to
 *   it.
 *
 * While the device is subscribed to an event, that event carries a command at most once, even if the device unsubscribes
 * and subscribes again. The common event may have carried the command once more before that, because it is sent without a
 * subscription too.
 */
export class CommandEvents {
  readonly #subscriptions: { has(event: string): boolean };
  readonly #commonEvent: string | undefined;
  /** By id of each open command: the events that carried it while the device was subscribed to them. */
  readonly #sent = new LazyMap<string, Set<string>>();

  /** @param commonEvent the event for all commands, if the dialect has one */
  constructor(subscriptions: { has(event: string): boolean }, commonEvent?: string) {
    this.#subscriptions = subscriptions;
    this.#commonEvent = commonEvent;
  }

  /**
   * Returns the events to send now for the command, the event with the command's name first. These events count as
   * sent.
   */
  due({ id, name }: CommandMessage): readonly string[] {
    const known = this.#sent.get(id);
    const sent = known ?? new Set();
    const firstTime = known === undefined;
    const events = this.#commonEvent === undefined ? [name] : [...new Set([name, this.#commonEvent])];
    const due = events.filter((event) => {
      if (!this.#subscriptions.has(event)) return event === this.#commonEvent && firstTime;
      const isNew = !sent.has(event);
      sent.add(event);
      return isNew;
    });
    this.#sent.set(id, sent);
    return due;
  }

  /** Call when the command has ended. */
  forget(id: string): void {
    this.#sent.delete(id);
  }
}
