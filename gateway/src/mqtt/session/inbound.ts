import { PacketIds } from "./packet-ids.ts";

/** An unacknowledged publication with QoS 1 or 2. */
export interface Arrival {
  readonly id: number;
  readonly qos: 1 | 2;
  answer: { readonly code: number; readonly text?: string } | undefined;
}

/** The connection, as its publications see it. */
export interface InboundOwner {
  acknowledge(arrival: Arrival, code: number, text: string | undefined): void;
}

const STORED = { code: 0 } as const;

/** A device's publications, acknowledged in the order of arrival [MQTT-4.6.0-2]. */
export class Inbound {
  readonly #owner: InboundOwner;
  readonly #waiting: Arrival[] = [];
  #head = 0;
  #qos1 = 0;
  #storing = 0;
  /** Identifiers between PUBLISH and PUBREL, QoS 2 [MQTT-4.3.3-10]. */
  readonly unreleased = new PacketIds();
  #whenStored: (() => void) | undefined;

  constructor(owner: InboundOwner) {
    this.#owner = owner;
  }

  /** Number of publications for the receive maximum [MQTT-3.3.4-7]: QoS 1 until PUBACK, QoS 2 until PUBREL. */
  get unfinished(): number {
    return this.#qos1 + this.unreleased.size;
  }

  get storing(): number {
    return this.#storing;
  }

  arrived(id: number, qos: 1 | 2): Arrival {
    const arrival: Arrival = { id, qos, answer: undefined };
    this.#waiting.push(arrival);
    if (qos === 1) this.#qos1++;
    else this.unreleased.add(id);
    return arrival;
  }

  awaitsPubrec(id: number): boolean {
    for (let i = this.#head; i < this.#waiting.length; i++) {
      const arrival = this.#waiting[i];
      if (arrival?.qos === 2 && arrival.id === id) return true;
    }
    return false;
  }

  beginStoring(): void {
    this.#storing++;
  }

  endStoring(): void {
    if (--this.#storing > 0) return;
    this.#whenStored?.();
    this.#whenStored = undefined;
  }

  stored(arrival: Arrival, remark?: string): void {
    arrival.answer = remark === undefined ? STORED : { code: 0, text: remark };
    this.#drain();
  }

  /** @param code at least 0x80 */
  refused(arrival: Arrival, code: number, text: string): void {
    arrival.answer = { code, text };
    this.#drain();
  }

  /** Resolves when no publication waits for the log. Called once, at the end of the connection. */
  whenStored(): Promise<void> {
    if (this.#storing === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenStored = resolve;
    });
  }

  receivedIds(): number[] {
    if (this.unreleased.size === 0) return [];
    const unsettled = new Set<number>();
    for (let i = this.#head; i < this.#waiting.length; i++) {
      const arrival = this.#waiting[i];
      if (arrival?.qos === 2 && arrival.answer?.code !== 0) unsettled.add(arrival.id);
    }
    return [...this.unreleased].filter((id) => !unsettled.has(id));
  }

  #drain(): void {
    for (;;) {
      const arrival = this.#waiting[this.#head];
      if (arrival?.answer === undefined) break;
      this.#head++;
      const { code, text } = arrival.answer;
      if (arrival.qos === 1) this.#qos1--;
      // [MQTT-4.3.3-9] After a refusal the identifier may be used again.
      else if (code >= 0x80) this.unreleased.delete(arrival.id);
      this.#owner.acknowledge(arrival, code, text);
    }
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#head = 0;
    } else if (this.#head > 512) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
