import { operatorSessions, operators, PersonTokens, withPeople } from "@fleetlog/identity";
import type { MemoryServer } from "@fleetlog/log";
import { DEVICE_PATH, FEED_PATH, MQTT_PATH, REPLAY_PATH } from "@fleetlog/protocol";
import type { FastifyInstance } from "fastify";
import { Attempts } from "../http/access/attempts.ts";
import { LostEntries } from "../http/access/lost-entries.ts";
import { RunningAnswers } from "../http/access/running-answers.ts";
import type { HttpContext } from "../http/context.ts";
import { KeptAnswers } from "../http/idempotency/index.ts";
import { httpPart } from "../http/part.ts";
import type { RequestTimeouts } from "../http/problems/before-routing.ts";
import { type HttpResource, RESOURCES } from "../http/resources/index.ts";
import { Transfers } from "../http/transfers/transfers.ts";
import { HttpMetrics } from "../metrics/http.ts";
import { logGauges } from "../metrics/log.ts";
import { clientFinder } from "../net/proxies/client.ts";
import type { Upgradable } from "../net/upgrades.ts";
import { NodeParts } from "../node/parts.ts";
import { pages } from "../ui/routes.ts";
import { type TestNode, testNode } from "./test-node.ts";

export interface TestServer {
  readonly app: FastifyInstance;
  readonly node: TestNode;
  readonly context: Omit<HttpContext, "metrics" | "notReady">;
  /** Why the node is not ready; a test may add reasons. */
  readonly reasons: string[];
  readonly upgrades: ReadonlyMap<string, Upgradable>;
  readonly token: string;
}

export interface TestServerOptions {
  readonly timeouts?: RequestTimeouts;
  /** Folder of built pages; default none. */
  readonly ui?: string;
  readonly routes?: readonly HttpResource[];
  readonly resources?: readonly HttpResource[];
  /** The log of another node; default a new log. */
  readonly server?: MemoryServer;
}

/** The HTTP part of a node with a log in memory, without a port: use `app.inject`. */
export async function testServer(
  more: Partial<HttpContext> = {},
  { timeouts, ui = "/nowhere", routes = [], resources = RESOURCES, server }: TestServerOptions = {},
): Promise<TestServer> {
  const node = await testNode(server === undefined ? "g1" : "g2", server);
  const { buckets } = node.backbone;
  const { people, apiKeys } = node.fleet;
  const { clock = Date.now } = more;
  const personTokens = new PersonTokens(buckets, people, clock);
  const tokens = withPeople(operators(buckets), personTokens, apiKeys);
  const token = "admin-token";
  await tokens.ensureAdmin(token);
  const sessions = operatorSessions(buckets, tokens, people, apiKeys, { clock });
  const { boundedLog } = node.core;
  const reasons: string[] = [];
  const requests = new HttpMetrics();
  const context: TestServer["context"] = {
    ...node,
    buckets,
    operators: tokens,
    operatorSessions: sessions,
    personTokens,
    attempts: new Attempts({ burst: 100, refillMs: 500, addresses: 100 }, clock),
    findClient: clientFinder(undefined),
    lostEntries: new LostEntries({
      fleet: node.fleet,
      operators: tokens,
      operatorSessions: sessions,
      personTokens,
      boundedLog,
      clock,
    }),
    node: {
      name: "g1",
      version: "1.2.3",
      ports: () => ({ mqtt: 1883 }),
      plainPorts: [],
      expiring: () => [],
      missingBuckets: () => [],
      maxBytes: { FLEET: 1_000_000, TELEMETRY: 2_000_000, ACCESS: 1_000_000, DELIVERY: 1_000_000 },
    },
    heartbeats: () => [],
    recentHeartbeats: () => [],
    notifiedSeq: () => 0,
    requests,
    keptAnswers: new KeptAnswers(buckets, node.core.sealer, Date.now),
    answers: new RunningAnswers(Date.now),
    transfers: new Transfers({ downloads: 4, bytesPerSecond: 1e9, totalBytesPerSecond: 1e9 }, Date.now),
    clock,
    boundedLog,
    signUp: "off",
    mails: false,
    refusals: { call() {} },
    signIns: { record() {}, secondFactorAsked() {}, secondFactorGiven() {} },
    commandDeadlineMs: 3_600_000,
    logHealth: () => "ready",
    nearlyFull: () => false,
    nats: () => ({ version: "2.15.1", acknowledged: "on-disk", advice: "What is acknowledged is on disk." }),
    knownMissing: () => ({ count: 0, ranges: [] }),
    ...more,
  };
  const streams = async () => [{ name: "FLEET", bytes: 5, maxBytes: 10 }];
  const noUpgrade: Upgradable = {
    upgrade() {
      throw new Error("nothing here is upgraded");
    },
  };
  const http = httpPart(node.core, {
    resources: [...resources, pages(ui), ...routes],
    context,
    requests,
    ports: {},
    bodyLimit: 10_000,
    listen: async () => 0,
    onUndescribed({ method, url }, code) {
      throw new Error(`the description of ${method} ${url} lacks the problem ${code}`);
    },
    ...(timeouts !== undefined && { timeouts }),
  });
  const parts = new NodeParts([
    {
      name: "log",
      metrics: logGauges(
        () => "ready",
        streams,
        () => 0,
      ),
      notReady: () => reasons,
    },
    {
      name: "endpoints",
      upgrades: Object.fromEntries([DEVICE_PATH, MQTT_PATH, FEED_PATH, REPLAY_PATH].map((path) => [path, noUpgrade])),
    },
    http,
  ]);
  await parts.start();
  return { app: http.app, node, context, reasons, upgrades: parts.upgrades, token };
}
