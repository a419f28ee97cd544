import { covers } from "../wire/topics.ts";
import type { QoS } from "./outbound.ts";

/** Maximum number of a session's subscriptions: more than any dialect needs. */
export const MAX_SUBSCRIPTIONS = 32;

interface Granted {
  readonly filter: string;
  readonly qos: QoS;
}

export class TopicSubscriptions {
  /** A list: most devices have one filter, and a map takes three times the memory. */
  #granted: readonly Granted[];

  constructor(granted: Readonly<Record<string, QoS>> = {}) {
    this.#granted = Object.entries(granted).map(([filter, qos]) => ({ filter, qos }));
  }

  get size(): number {
    return this.#granted.length;
  }

  /** [MQTT-3.8.4-3] Adds or replaces a filter. Returns false if there are too many. */
  grant(filter: string, qos: QoS): boolean {
    const others = this.#others(filter);
    if (others.length >= MAX_SUBSCRIPTIONS) return false;
    this.#granted = others.concat({ filter, qos });
    return true;
  }

  revoke(filter: string): boolean {
    const others = this.#others(filter);
    const revoked = others.length < this.#granted.length;
    this.#granted = others;
    return revoked;
  }

  /** The highest QoS of all filters that cover the topic [MQTT-3.3.5-1]; undefined if none does. */
  qosOf(topic: string): QoS | undefined {
    let highest: QoS | undefined;
    for (const { filter, qos } of this.#granted) {
      if ((highest === undefined || qos > highest) && covers(filter, topic)) highest = qos;
    }
    return highest;
  }

  toJSON(): Record<string, QoS> {
    return Object.fromEntries(this.#granted.map(({ filter, qos }) => [filter, qos]));
  }

  #others(filter: string): readonly Granted[] {
    return this.#granted.filter((each) => each.filter !== filter);
  }
}
