import { collectDefaultMetrics, type Metric, Registry } from "prom-client";

/** A node's metrics in Prometheus' text format. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * All metrics of a node. Names and units follow Prometheus' naming rules (base units, `_total`). Includes prom-client's
 * default metrics of memory, event loop and garbage collection, so that ready-made dashboards work.
 */
export function metricsText(metrics: readonly Metric[]): MetricsText {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(metric);
  collectDefaultMetrics({ register: registry });
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
