import { operatorSessions, operators } from "@fleetlog/identity";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { Attempts } from "../http/access/attempts.ts";
import type { HttpContext } from "../http/context.ts";
import { createHttpServer, type HttpServerOptions } from "../http/server.ts";
import { Metrics } from "../metrics/metrics.ts";
import { type TestNode, testNode } from "./test-node.ts";

export interface TestServer {
  readonly app: FastifyInstance;
  readonly node: TestNode;
  readonly context: HttpContext;
  /** Why it is not ready; the test's to fill. */
  readonly reasons: string[];
  /** An administrator's. */
  readonly token: string;
}

/** The HTTP side of a node on a log in memory. Nothing listens: ask it by `app.inject`. */
export async function testServer(
  more: Partial<HttpContext> = {},
  options: Partial<HttpServerOptions> = {},
): Promise<TestServer> {
  const node = await testNode();
  const { buckets } = node.backbone;
  const tokens = operators(buckets);
  const token = "admin-token";
  await tokens.ensureAdmin(token);
  const reasons: string[] = [];
  const metrics = new Metrics({
    connections: () => ({}),
    sessions: () => 0,
    logStatus: () => "ready",
    heartbeats: () => [],
    streams: async () => [{ name: "FLEET", bytes: 5, maxBytes: 10 }],
    tls: () => undefined,
  });
  const context: HttpContext = {
    ...node,
    operators: tokens,
    operatorSessions: operatorSessions(buckets, tokens),
    attempts: new Attempts({ burst: 100, refillMs: 500, addresses: 100 }, Date.now),
    node: {
      name: "g1",
      version: "1.2.3",
      ports: () => ({ mqtt: 1883 }),
      maxBytes: { FLEET: 1_000_000, TELEMETRY: 2_000_000 },
    },
    ui: "/nowhere",
    heartbeats: () => [],
    announced: () => 0,
    metrics,
    clock: Date.now,
    commandDeadlineMs: 3_600_000,
    notReady: () => reasons,
    logHealth: () => "ready",
    nearlyFull: () => false,
    ...more,
  };
  const logger = pino({ level: "silent" });
  const app = await createHttpServer(context, { logger, bodyLimit: 10_000, version: "1.2.3", ...options });
  return { app, node, context, reasons, token };
}
