import { covers } from "../wire/topics.ts";
import type { QoS } from "./outbound.ts";

/** More than any dialect needs. */
export const MAX_SUBSCRIPTIONS = 32;

/** The topic filters of one MQTT session, and the QoS granted to each. */
export class TopicSubscriptions {
  readonly #granted: Map<string, QoS>;

  constructor(granted: Readonly<Record<string, QoS>> = {}) {
    this.#granted = new Map(Object.entries(granted));
  }

  get size(): number {
    return this.#granted.size;
  }

  /** [MQTT-3.8.4-3] Adds a filter, or replaces the QoS of the same filter. Returns false if there are too many filters. */
  grant(filter: string, qos: QoS): boolean {
    if (!this.#granted.has(filter) && this.#granted.size >= MAX_SUBSCRIPTIONS) return false;
    this.#granted.set(filter, qos);
    return true;
  }

  revoke(filter: string): boolean {
    return this.#granted.delete(filter);
  }

  /** The highest QoS of the filters that cover the topic [MQTT-3.3.5-1]; undefined if none does. */
  qosOf(topic: string): QoS | undefined {
    let highest: QoS | undefined;
    for (const [filter, qos] of this.#granted) {
      if ((highest === undefined || qos > highest) && covers(filter, topic)) highest = qos;
    }
    return highest;
  }

  toJSON(): Record<string, QoS> {
    return Object.fromEntries(this.#granted);
  }
}
