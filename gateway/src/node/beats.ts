import { encodeToken } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import { BEAT_INTERVAL_MS, type Beat, beatSubject } from "@fleetlog/protocol";

/** A process that was silent for so many intervals is not shown any more. */
const MISSED = 5;
/** Far more processes than a fleet has; whoever floods the subject finds no more room than this. */
const MAX_KNOWN = 10_000;

export interface Heard {
  readonly beat: Beat;
  /** When, by this node's clock. */
  readonly at: number;
}

/** Says that this process lives, and hears which others do. */
export class Beats {
  readonly #bus: Bus;
  readonly #clock: () => number;
  readonly #heard = new Map<string, Heard>();
  readonly #mine: () => Beat;
  #timer: NodeJS.Timeout | undefined;
  #stop: () => void = () => {};

  constructor(bus: Bus, clock: () => number, mine: () => Beat) {
    this.#bus = bus;
    this.#clock = clock;
    this.#mine = mine;
  }

  start(): void {
    const subscription = this.#bus.subscribe(beatSubject("*", "*"), ({ subject, data }) => {
      if (this.#heard.size < MAX_KNOWN || this.#heard.has(subject)) {
        this.#heard.set(subject, { beat: data as Beat, at: this.#clock() });
      }
    });
    this.#timer = setInterval(() => this.#beat(), BEAT_INTERVAL_MS);
    this.#beat();
    this.#stop = () => {
      clearInterval(this.#timer);
      subscription.stop();
    };
  }

  stop(): void {
    this.#stop();
  }

  /** The newest beat of every process that was heard lately. */
  current(): readonly Beat[] {
    return this.heard().map(({ beat }) => beat);
  }

  /** As `current`, with the time of each. */
  heard(): readonly Heard[] {
    const since = this.#clock() - MISSED * BEAT_INTERVAL_MS;
    for (const [subject, { at }] of this.#heard) if (at < since) this.#heard.delete(subject);
    return [...this.#heard.values()];
  }

  #beat(): void {
    const beat = this.#mine();
    this.#bus.publish(beatSubject(beat.kind, encodeToken(beat.id)), beat);
  }
}
