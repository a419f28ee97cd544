import type { Bus } from "@fleetlog/log";
import { type GatewayHeartbeat, HEARTBEAT_INTERVAL_MS, type Heartbeat, heartbeatSubject } from "@fleetlog/protocol";
import type { PeerClocks } from "./peer-clocks.ts";

/** A process that missed this many heartbeats is not listed. */
const MISSED_LIMIT = 5;
/** Maximum number of processes. Bounds memory if somebody publishes heartbeats under made-up names. */
const MAX_PROCESSES = 10_000;

/** Heartbeats that are kept of a gateway: those of the last three minutes. */
const KEPT_HEARTBEATS = 90;
/** Gateways whose recent heartbeats are kept. */
const KEPT_GATEWAYS = 100;

export interface ReceivedHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly at: number;
}

/** Recent heartbeats of a gateway's newest incarnation, oldest first. */
export interface RecentHeartbeats {
  readonly heartbeats: readonly GatewayHeartbeat[];
  /** When the newest heartbeat was received, by this node's clock. */
  readonly at: number;
}

/** Keeps the newest heartbeat of every process, and the recent heartbeats of at most 100 gateways. */
export class Heartbeats {
  readonly #bus: Bus;
  readonly #clock: () => number;
  readonly #peerClocks: Pick<PeerClocks, "heard" | "forget"> | undefined;
  readonly #received = new Map<string, ReceivedHeartbeat>();
  readonly #recent = new Map<string, GatewayHeartbeat[]>();
  #stop: () => void = () => {};

  constructor(bus: Bus, clock: () => number, peerClocks?: Pick<PeerClocks, "heard" | "forget">) {
    this.#bus = bus;
    this.#clock = clock;
    this.#peerClocks = peerClocks;
  }

  start(): void {
    const subscription = this.#bus.subscribe(heartbeatSubject("*", "*"), ({ subject, data }) => {
      if (this.#received.size < MAX_PROCESSES || this.#received.has(subject)) {
        const heartbeat = data as Heartbeat;
        const at = this.#clock();
        this.#received.set(subject, { heartbeat, at });
        if (heartbeat.kind !== "gateway") return;
        this.#remember(subject, heartbeat);
        this.#peerClocks?.heard(heartbeat, at);
      }
    });
    this.#stop = () => subscription.stop();
  }

  stop(): void {
    this.#stop();
  }

  current(): readonly Heartbeat[] {
    return this.received().map(({ heartbeat }) => heartbeat);
  }

  received(): readonly ReceivedHeartbeat[] {
    const since = this.#clock() - MISSED_LIMIT * HEARTBEAT_INTERVAL_MS;
    for (const [subject, { at, heartbeat }] of this.#received) {
      if (at >= since) continue;
      this.#peerClocks?.forget(heartbeat.id);
      this.#received.delete(subject);
      this.#recent.delete(subject);
    }
    return [...this.#received.values()];
  }

  recent(): readonly RecentHeartbeats[] {
    this.received();
    return [...this.#recent].map(([subject, heartbeats]) => ({
      heartbeats,
      at: this.#received.get(subject)?.at ?? 0,
    }));
  }

  #remember(subject: string, heartbeat: GatewayHeartbeat): void {
    const kept = this.#recent.get(subject);
    if (kept === undefined || kept.at(-1)?.incarnation !== heartbeat.incarnation) {
      if (kept !== undefined || this.#recent.size < KEPT_GATEWAYS) this.#recent.set(subject, [heartbeat]);
      return;
    }
    kept.push(heartbeat);
    if (kept.length > KEPT_HEARTBEATS) kept.shift();
  }
}
