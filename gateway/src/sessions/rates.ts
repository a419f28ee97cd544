import type { GatewayHeartbeat } from "@fleetlog/protocol";
import type { SessionObserver } from "./context.ts";

/** Maximum number of latencies that are kept: a uniform sample of all. */
const SAMPLES = 1_024;

type Vitals = Pick<GatewayHeartbeat, "eventsPerSecond" | "commandsPerSecond" | "appendMs">;

/** Rates and latencies of this node since its last heartbeat. */
export class Rates implements SessionObserver {
  readonly #clock: () => number;
  readonly #samples = new Float64Array(SAMPLES);
  #since: number;
  #events = 0;
  #appends = 0;
  #commands = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#since = clock();
  }

  received(): void {}

  refused(): void {}

  subscriptionRefused(): void {}

  acknowledged(count: number, milliseconds: number | undefined): void {
    this.#events += count;
    if (milliseconds === undefined) return;
    // Reservoir sampling (Vitter's algorithm R).
    const at = this.#appends < SAMPLES ? this.#appends : Math.floor(Math.random() * (this.#appends + 1));
    if (at < SAMPLES) this.#samples[at] = milliseconds;
    this.#appends++;
  }

  delivered(): void {
    this.#commands++;
  }

  take(): Vitals {
    const now = this.#clock();
    const seconds = Math.max(0.001, (now - this.#since) / 1_000);
    const sorted = this.#samples.slice(0, Math.min(this.#appends, SAMPLES)).sort();
    const vitals = {
      eventsPerSecond: tenths(this.#events / seconds),
      commandsPerSecond: tenths(this.#commands / seconds),
      appendMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
    };
    this.#since = now;
    this.#events = 0;
    this.#appends = 0;
    this.#commands = 0;
    return vitals;
  }
}

export function observers(...all: readonly SessionObserver[]): SessionObserver {
  return {
    received: (count) => all.forEach((one) => void one.received(count)),
    acknowledged: (count, milliseconds) => all.forEach((one) => void one.acknowledged(count, milliseconds)),
    refused: (code) => all.forEach((one) => void one.refused(code)),
    subscriptionRefused: () => all.forEach((one) => void one.subscriptionRefused()),
  };
}

function quantile(sorted: Float64Array, q: number): number {
  return tenths(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
