import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Histogram } from "./histogram.ts";
import { LoadDevice } from "./load-device.ts";
import type { Credentials, Target } from "./raw-link.ts";

export interface LoadOptions {
  readonly target: Target;
  readonly devices: readonly Credentials[];
  /** Maximum messages in flight on each connection; default 64. */
  readonly window?: number;
  /** Default: events. Events are stored for ever, telemetry in a limited stream. */
  readonly kind?: "telemetry" | "event";
  /** Messages a second, all devices together; default: no limit. */
  readonly rate?: number;
  /** Total of messages; default: no limit. */
  readonly count?: number;
  /** Bytes of padding in each message; default 32. */
  readonly padding?: number;
  readonly reconnect?: { readonly baseMs: number; readonly capMs: number };
}

export interface LoadReport {
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly ended: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly perSecond: number;
  /** Time from the last sending of a message to its acknowledgement. */
  readonly milliseconds: { readonly p50: number; readonly p99: number; readonly max: number };
}

const PING_MS = 45_000;
const PACE_MS = 10;

export class Load {
  readonly devices: readonly LoadDevice[];
  readonly #options: LoadOptions;
  readonly #refused: Record<string, number> = {};
  readonly #ended: Record<string, number> = {};
  readonly #latency = new Histogram();
  #acknowledged = 0;
  #left: number;
  #sending = false;
  #startedAt = performance.now();
  #endedAt: number | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#left = options.count ?? Number.POSITIVE_INFINITY;
    const boot = `${Math.floor(Date.now() / 1_000)}-${randomBytes(4).toString("hex")}`;
    this.devices = options.devices.map(
      (credentials) =>
        new LoadDevice({
          target: options.target,
          credentials,
          boot,
          kind: options.kind ?? "event",
          padding: options.padding ?? 32,
          window: options.window ?? 64,
          reconnect: options.reconnect ?? { baseMs: 200, capMs: 5_000 },
          onAcknowledged: (milliseconds) => {
            this.#acknowledged += 1;
            this.#latency.add(milliseconds);
            if (this.#acknowledged === options.count) this.#endedAt = performance.now();
          },
          onRefused: (code) => {
            this.#refused[code] = (this.#refused[code] ?? 0) + 1;
          },
          onEnded: (reason) => {
            this.#ended[reason] = (this.#ended[reason] ?? 0) + 1;
          },
          onRoom: (device) => this.#fill(device),
        }),
    );
  }

  /** Resolves when all connections are open. They stay idle until `start`. */
  async connect({ atOnce = 100 }: { readonly atOnce?: number } = {}): Promise<void> {
    this.#timers.push(setInterval(() => this.#ping(), PING_MS));
    for (let from = 0; from < this.devices.length; from += atOnce) {
      for (const device of this.devices.slice(from, from + atOnce)) device.connect();
      await until(() => this.devices.slice(from, from + atOnce).every(({ open }) => open));
    }
  }

  start(): void {
    this.#sending = true;
    this.#startedAt = performance.now();
    this.#endedAt = undefined;
    if (this.#options.rate !== undefined) this.#pace(this.#options.rate);
    else for (const device of this.devices) this.#fill(device);
  }

  async drain(): Promise<void> {
    this.#sending = false;
    await this.#allAcknowledged();
    this.#endedAt ??= performance.now();
  }

  async done(): Promise<void> {
    await until(() => this.#left === 0);
    await this.#allAcknowledged();
  }

  async stop(): Promise<void> {
    this.#sending = false;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    for (const device of this.devices) device.stop();
    await until(() => this.devices.every(({ open }) => !open));
  }

  report(): LoadReport {
    const seconds = ((this.#endedAt ?? performance.now()) - this.#startedAt) / 1_000;
    const round = (value: number) => Math.round(value * 100) / 100;
    return {
      sent: this.devices.reduce((sum, { sent }) => sum + sent, 0),
      acknowledged: this.#acknowledged,
      refused: { ...this.#refused },
      ended: { ...this.#ended },
      seconds: round(seconds),
      perSecond: Math.round(this.#acknowledged / seconds),
      milliseconds: {
        p50: round(this.#latency.quantile(0.5)),
        p99: round(this.#latency.quantile(0.99)),
        max: round(this.#latency.max),
      },
    };
  }

  #fill(device: LoadDevice): void {
    if (!this.#sending || this.#options.rate !== undefined) return;
    this.#left -= device.send(Math.min(this.#left, device.room));
  }

  #pace(rate: number): void {
    let due = 0;
    let at = performance.now();
    let turn = 0;
    this.#timers.push(
      setInterval(() => {
        const now = performance.now();
        // After a stall at most one second's messages are sent late, to avoid a long burst.
        due = Math.min(due + (rate * (now - at)) / 1_000, rate);
        at = now;
        for (let tries = 0; this.#sending && due >= 1 && this.#left > 0 && tries < this.devices.length; ) {
          const sent = this.devices[turn++ % this.devices.length]?.send(1) ?? 0;
          tries = sent === 0 ? tries + 1 : 0;
          due -= sent;
          this.#left -= sent;
        }
      }, PACE_MS),
    );
  }

  #ping(): void {
    for (const device of this.devices) device.ping();
  }

  #allAcknowledged(): Promise<void> {
    return until(() => this.devices.every(({ unacknowledged }) => unacknowledged === 0));
  }
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await delay(5);
}
