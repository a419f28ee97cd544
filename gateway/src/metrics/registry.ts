import { collectDefaultMetrics, type Metric, Registry } from "prom-client";

export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** A node's metrics in Prometheus' text format, with prom-client's default metrics for ready-made dashboards. */
export function metricsText(metrics: readonly Metric[]): MetricsText {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(metric);
  collectDefaultMetrics({ register: registry });
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
