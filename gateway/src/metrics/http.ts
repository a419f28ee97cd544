import { Histogram, type Metric } from "prom-client";
import { LATENCY_SECONDS } from "./latency.ts";

export class HttpMetrics {
  readonly #requests = new Histogram({
    name: "fleetlog_http_request_seconds",
    help: "HTTP requests by route",
    labelNames: ["method", "route", "status"],
    buckets: LATENCY_SECONDS,
    registers: [],
  });

  get metrics(): readonly Metric[] {
    return [this.#requests] as readonly Metric[];
  }

  /** @param route the pattern, because every path would make a series */
  answered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }
}
