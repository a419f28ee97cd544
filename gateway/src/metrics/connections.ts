import { Counter, Gauge, type Metric } from "prom-client";

export function connectionsGauge(connections: () => Readonly<Record<string, number>>): Metric {
  return new Gauge({
    name: "fleetlog_connections",
    help: "Open connections by protocol, logged in or not",
    labelNames: ["protocol"],
    registers: [],
    collect() {
      for (const [protocol, count] of Object.entries(connections())) this.set({ protocol }, count);
    },
  });
}

export class LoginMetrics {
  readonly #refused = new Counter({
    name: "fleetlog_logins_refused_total",
    help: "Refused log-ins of devices, by protocol and reason",
    labelNames: ["protocol", "reason"],
    registers: [],
  });

  get metrics(): readonly Metric[] {
    return [this.#refused] as readonly Metric[];
  }

  refused(protocol: string, reason: string): void {
    this.#refused.inc({ protocol, reason });
  }
}
