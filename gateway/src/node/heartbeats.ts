import type { Bus } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS, type Heartbeat, heartbeatSubject } from "@fleetlog/protocol";

/** A process that missed this many heartbeats is no longer listed. */
const MISSED_LIMIT = 5;
/** Far more processes than a fleet has. Bounds memory if somebody publishes heartbeats under made-up names. */
const MAX_PROCESSES = 10_000;

export interface ReceivedHeartbeat {
  readonly heartbeat: Heartbeat;
  /** When it was received, by this node's clock. */
  readonly at: number;
}

/** Keeps the newest heartbeat of every process. */
export class Heartbeats {
  readonly #bus: Bus;
  readonly #clock: () => number;
  readonly #received = new Map<string, ReceivedHeartbeat>();
  #stop: () => void = () => {};

  constructor(bus: Bus, clock: () => number) {
    this.#bus = bus;
    this.#clock = clock;
  }

  start(): void {
    const subscription = this.#bus.subscribe(heartbeatSubject("*", "*"), ({ subject, data }) => {
      if (this.#received.size < MAX_PROCESSES || this.#received.has(subject)) {
        this.#received.set(subject, { heartbeat: data as Heartbeat, at: this.#clock() });
      }
    });
    this.#stop = () => subscription.stop();
  }

  stop(): void {
    this.#stop();
  }

  /** The newest heartbeat of every process that is still sending them. */
  current(): readonly Heartbeat[] {
    return this.received().map(({ heartbeat }) => heartbeat);
  }

  /** As `current`, with the time at which each was received. */
  received(): readonly ReceivedHeartbeat[] {
    const since = this.#clock() - MISSED_LIMIT * HEARTBEAT_INTERVAL_MS;
    for (const [subject, { at }] of this.#received) if (at < since) this.#received.delete(subject);
    return [...this.#received.values()];
  }
}
