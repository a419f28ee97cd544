import { collectDefaultMetrics, type Metric, Registry } from "prom-client";

/** What a node counts, as Prometheus reads it. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * All metrics of a node. Names and units follow Prometheus' naming rules (base units, `_total`). Memory, event loop and
 * garbage collection are there under their usual names, so that ready-made dashboards show them.
 */
export function metricsText(metrics: readonly Metric[]): MetricsText {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(metric);
  collectDefaultMetrics({ register: registry });
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
