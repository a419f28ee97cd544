import { encodeToken } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS, type Heartbeat, heartbeatSubject } from "@fleetlog/protocol";

/** A process that was silent for this many intervals is no longer listed. */
const MISSED = 5;
/** Far more processes than a fleet has. Bounds memory if the subject is flooded with made-up names. */
const MAX_KNOWN = 10_000;

export interface ReceivedHeartbeat {
  readonly heartbeat: Heartbeat;
  /** When it was received, by this node's clock. */
  readonly at: number;
}

/** Publishes this gateway's heartbeats, and keeps the newest one of every other process. */
export class Heartbeats {
  readonly #bus: Bus;
  readonly #clock: () => number;
  readonly #received = new Map<string, ReceivedHeartbeat>();
  readonly #own: () => Heartbeat;
  #timer: NodeJS.Timeout | undefined;
  #stop: () => void = () => {};

  constructor(bus: Bus, clock: () => number, own: () => Heartbeat) {
    this.#bus = bus;
    this.#clock = clock;
    this.#own = own;
  }

  start(): void {
    const subscription = this.#bus.subscribe(heartbeatSubject("*", "*"), ({ subject, data }) => {
      if (this.#received.size < MAX_KNOWN || this.#received.has(subject)) {
        this.#received.set(subject, { heartbeat: data as Heartbeat, at: this.#clock() });
      }
    });
    this.#timer = setInterval(() => this.#publish(), HEARTBEAT_INTERVAL_MS);
    this.#publish();
    this.#stop = () => {
      clearInterval(this.#timer);
      subscription.stop();
    };
  }

  stop(): void {
    this.#stop();
  }

  /** The newest heartbeat of every process, without those that have been silent for too long. */
  current(): readonly Heartbeat[] {
    return this.received().map(({ heartbeat }) => heartbeat);
  }

  /** As `current`, with the time at which each was received. */
  received(): readonly ReceivedHeartbeat[] {
    const since = this.#clock() - MISSED * HEARTBEAT_INTERVAL_MS;
    for (const [subject, { at }] of this.#received) if (at < since) this.#received.delete(subject);
    return [...this.#received.values()];
  }

  #publish(): void {
    const heartbeat = this.#own();
    this.#bus.publish(heartbeatSubject(heartbeat.kind, encodeToken(heartbeat.id)), heartbeat);
  }
}
