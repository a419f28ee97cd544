import type { CommandMessage } from "@fleetlog/protocol";

/**
 * By which events each open command is sent: one of the command's own name, if the device has subscribed to that (programs
 * of rpc-websockets subscribe to `reboot`), and one event for all commands, where the dialect has one, which comes unasked.
 *
 * A command comes at most once by each event that the device has subscribed to, whatever it subscribes to besides, ends
 * and begins anew. Only the event for all can come twice: unasked, when nobody may have listened, and on subscribing.
 */
export class CommandEvents {
  readonly #subscriptions: { has(event: string): boolean };
  readonly #forAll: string | undefined;
  /** Which events each open command went by while the device was subscribed to them. */
  readonly #sent = new Map<string, Set<string>>();

  constructor(subscriptions: { has(event: string): boolean }, forAll?: string) {
    this.#subscriptions = subscriptions;
    this.#forAll = forAll;
  }

  /** The events by which to send it now, its own name first. */
  due({ id, name }: CommandMessage): readonly string[] {
    const known = this.#sent.get(id);
    const sent = known ?? new Set();
    const unasked = known === undefined;
    const events = this.#forAll === undefined ? [name] : [...new Set([name, this.#forAll])];
    const due = events.filter((event) => {
      if (!this.#subscriptions.has(event)) return event === this.#forAll && unasked;
      const fresh = !sent.has(event);
      sent.add(event);
      return fresh;
    });
    this.#sent.set(id, sent);
    return due;
  }

  /** The command has ended. */
  forget(id: string): void {
    this.#sent.delete(id);
  }
}
