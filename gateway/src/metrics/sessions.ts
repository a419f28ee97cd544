import { Counter, Gauge, Histogram, type Metric } from "prom-client";
import { LATENCY_SECONDS } from "./latency.ts";

/** Counts the reports and subscriptions of devices; observes their sessions. */
export class SessionMetrics {
  readonly #received = new Counter({
    name: "fleetlog_events_received_total",
    help: "Events received from devices",
    registers: [],
  });
  readonly #acknowledged = new Counter({
    name: "fleetlog_events_acknowledged_total",
    help: "Events acknowledged to devices, each after the log's acknowledgement",
    registers: [],
  });
  readonly #refused = new Counter({
    name: "fleetlog_events_refused_total",
    help: "Refused events of devices and of provisioning devices, by error code",
    labelNames: ["code"],
    registers: [],
  });
  readonly #subscriptionsRefused = new Counter({
    name: "fleetlog_subscriptions_refused_total",
    help: "Refused MQTT subscriptions of devices and of provisioning devices, one for each topic filter",
    registers: [],
  });
  readonly #append = new Histogram({
    name: "fleetlog_log_append_seconds",
    help: "From an event's arrival to the log's acknowledgement",
    buckets: LATENCY_SECONDS,
    registers: [],
  });

  get metrics(): readonly Metric[] {
    return [
      this.#received,
      this.#acknowledged,
      this.#refused,
      this.#subscriptionsRefused,
      this.#append,
    ] as readonly Metric[];
  }

  received(count: number): void {
    this.#received.inc(count);
  }

  acknowledged(count: number, milliseconds: number | undefined): void {
    this.#acknowledged.inc(count);
    if (milliseconds !== undefined) this.#append.observe(milliseconds / 1_000);
  }

  refused(code: string): void {
    this.#refused.inc({ code });
  }

  subscriptionRefused(): void {
    this.#subscriptionsRefused.inc();
  }
}

export function sessionsGauge(sessions: () => number): Metric {
  return new Gauge({
    name: "fleetlog_sessions",
    help: "Device sessions on this node",
    registers: [],
    collect() {
      this.set(sessions());
    },
  });
}
