import { PacketIds } from "./packet-ids.ts";

/** A publication with QoS 1 or 2 that is not acknowledged yet. */
export interface Arrival {
  readonly id: number;
  readonly qos: 1 | 2;
  /** Undefined until its acknowledgement is due. */
  answer: { readonly code: number; readonly text?: string } | undefined;
}

const STORED = { code: 0 } as const;

/**
 * Publications of a device that are not acknowledged yet. Acknowledgements go out in the order of arrival, whichever the
 * log stores first [MQTT-4.6.0-2].
 */
export class Inbound {
  readonly #answer: (arrival: Arrival, code: number, text: string | undefined) => void;
  /** In order of arrival, from `#head` on. */
  readonly #waiting: Arrival[] = [];
  #head = 0;
  #qos1 = 0;
  /** On their way to the log, QoS 0 included. */
  #storing = 0;
  /** QoS 2 identifiers between PUBLISH and PUBREL [MQTT-4.3.3-10]. */
  readonly unreleased = new PacketIds();
  #whenStored: (() => void) | undefined;

  constructor(answer: (arrival: Arrival, code: number, text: string | undefined) => void) {
    this.#answer = answer;
  }

  /** Publications with QoS 1 and 2 under way: what the receive maximum limits [MQTT-3.3.4-7]. */
  get unfinished(): number {
    return this.#qos1 + this.unreleased.size;
  }

  /** Publications on their way to the log. */
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

  /** Whether a QoS 2 publication with that identifier is still without its PUBREC. */
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

  stored(arrival: Arrival): void {
    arrival.answer = STORED;
    this.#drain();
  }

  refused(arrival: Arrival, code: number, text: string): void {
    arrival.answer = { code, text };
    this.#drain();
  }

  /** Resolves when nothing is on its way to the log any more. Called once, at the end of the connection. */
  whenStored(): Promise<void> {
    if (this.#storing === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenStored = resolve;
    });
  }

  /** Identifiers of what is stored and was not released: what a session remembers. */
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
      // [MQTT-4.3.3-9] a refused publication is over: its identifier may be used again
      else if (code >= 0x80) this.unreleased.delete(arrival.id);
      this.#answer(arrival, code, text);
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
