import type { CommandMessage } from "@fleetlog/protocol";
import { LazyMap } from "@fleetlog/runtime";

/**
 * Selects the events under which an open command is sent: the common event, and the event with the command's name.
 *
 * A command is sent once under each event to which the device has subscribed. If the device unsubscribes and subscribes
 * again, the command is not sent again under that event. A new command is sent under the common event even before the
 * device has subscribed to it, and once more after it has.
 */
export class CommandEvents {
  readonly #subscriptions: { has(event: string): boolean };
  readonly #commonEvent: string | undefined;
  readonly #sent = new LazyMap<string, Set<string>>();

  constructor(subscriptions: { has(event: string): boolean }, commonEvent?: string) {
    this.#subscriptions = subscriptions;
    this.#commonEvent = commonEvent;
  }

  /**
   * The events to send now, the one with the command's name first. They count as sent if the device has subscribed to
   * them.
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

  forget(id: string): void {
    this.#sent.delete(id);
  }
}
