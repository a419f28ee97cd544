import type { FastifyInstance } from "fastify";
import type { HttpMetrics } from "../metrics/http.ts";
import { type MetricsText, metricsText } from "../metrics/registry.ts";
import type { Ports } from "../net/ports.ts";
import { upgradeOnly } from "../net/upgrades.ts";
import type { Core } from "../node/core.ts";
import type { NodePart } from "../node/parts.ts";
import type { HttpContext } from "./context.ts";
import { PATIENCE, type Slowness } from "./problems/early.ts";
import { createHttpServer } from "./server.ts";

export interface HttpPartOptions {
  readonly context: Omit<HttpContext, "metrics" | "notReady">;
  readonly requests: HttpMetrics;
  readonly ports: Ports;
  readonly bodyLimit: number;
  readonly slowness?: Slowness;
  /** Resolves with the port that it listens on. */
  readonly listen: (app: FastifyInstance) => Promise<number>;
}

export interface HttpPart extends NodePart {
  /** Once it has started. */
  readonly app: FastifyInstance;
}

/** Answers HTTP with the routes of all parts. */
export function httpPart({ logger, version }: Core, options: HttpPartOptions): HttpPart {
  const { context, requests, ports, bodyLimit, slowness = PATIENCE, listen } = options;
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
      const whole = {
        ...context,
        notReady: () => node.notReady(),
        metrics: () => {
          metrics ??= metricsText(node.metrics);
          return metrics;
        },
      };
      const [resources, upgradePaths] = [node.routes, upgradeOnly(node.upgrades.keys())];
      app = await createHttpServer(whole, { logger, version, bodyLimit, slowness, resources, upgradePaths });
      ports.http = await listen(app);
    },
    async stop() {
      await app?.close();
    },
  };
}
