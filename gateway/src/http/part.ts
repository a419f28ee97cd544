import type { FastifyInstance } from "fastify";
import type { HttpMetrics } from "../metrics/http.ts";
import { type MetricsText, metricsText } from "../metrics/registry.ts";
import type { Ports } from "../net/listen/ports.ts";
import { upgradeOnly } from "../net/upgrades.ts";
import type { Core } from "../node/core.ts";
import type { NodePart } from "../node/parts.ts";
import type { HttpContext } from "./context.ts";
import { REQUEST_TIMEOUTS, type RequestTimeouts } from "./problems/before-routing.ts";
import { createHttpServer, type HttpServerOptions } from "./server.ts";

export interface HttpPartOptions extends Pick<HttpServerOptions, "resources" | "onUndescribed"> {
  readonly context: Omit<HttpContext, "metrics" | "notReady">;
  readonly requests: HttpMetrics;
  readonly ports: Ports;
  readonly bodyLimit: number;
  readonly timeouts?: RequestTimeouts;
  readonly listen: (app: FastifyInstance) => Promise<number | undefined>;
}

export interface HttpPart extends NodePart {
  /** @throws Error before the part has started */
  readonly app: FastifyInstance;
}

export function httpPart({ logger, version }: Core, options: HttpPartOptions): HttpPart {
  const {
    context,
    requests,
    resources,
    ports,
    bodyLimit,
    timeouts = REQUEST_TIMEOUTS,
    listen,
    onUndescribed,
  } = options;
  let app: FastifyInstance | undefined;
  return {
    name: "http",
    metrics: requests.metrics,
    get app() {
      if (app === undefined) throw new Error("HTTP has not started");
      return app;
    },
    async start(node) {
      let metrics: MetricsText | undefined;
      const fullContext = {
        ...context,
        notReady: () => node.notReady(),
        metrics: () => {
          metrics ??= metricsText(node.metrics);
          return metrics;
        },
      };
      const upgradePaths = upgradeOnly(node.upgrades.keys());
      const limits = { bodyLimit, timeouts };
      app = await createHttpServer(fullContext, { logger, version, ...limits, resources, upgradePaths, onUndescribed });
      const port = await listen(app);
      if (port !== undefined) ports.http = port;
    },
    async stop() {
      const closed = app?.close();
      // Fastify ends the connections only of a server that listens.
      if (app?.server.listening === false) app.server.closeAllConnections();
      await closed;
    },
  };
}
