import { fileURLToPath } from "node:url";
import { CommandTail, type Fleet, type Origin, Views, Writer } from "@fleetlog/fleet";
import { deviceCredentials, deviceDirectory, operatorSessions, operators as operatorTokens } from "@fleetlog/identity";
import type { Backbone } from "@fleetlog/log";
import type { Logger } from "pino";
import { DIALECTS, Dialects } from "./dialects/index.ts";
import type { EndpointContext } from "./endpoint.ts";
import { Attempts } from "./http/access/attempts.ts";
import type { Authenticators } from "./http/access/authenticate.ts";
import type { HttpContext } from "./http/context.ts";
import { createHttpServer } from "./http/server.ts";
import { createFeed } from "./live/endpoint.ts";
import { Metrics } from "./metrics/metrics.ts";
import { createMqttEndpoint } from "./mqtt/endpoint.ts";
import { ConnectionLimit } from "./net/connection-limit.ts";
import { listenForDialects } from "./net/dialect-listeners.ts";
import { listenHttp, listenMqtt } from "./net/listen.ts";
import { RefusedLogins } from "./net/refused-logins.ts";
import { openTls, type TlsLimits } from "./net/tls/index.ts";
import { routeUpgrades } from "./net/upgrades.ts";
import { Heartbeats } from "./node/heartbeats.ts";
import { LogHealth, type LogState } from "./node/log-health.ts";
import { LogPing } from "./node/log-ping.ts";
import { GatewayNode } from "./node/node.ts";
import { observers, Rates } from "./node/rates.ts";
import { readStreams } from "./node/streams.ts";
import { Reserve, Sessions } from "./sessions/index.ts";
import type { GatewaySettings } from "./settings/index.ts";
import { createDeviceWebSocket } from "./websocket/endpoint.ts";

export interface GatewayOptions {
  readonly settings: GatewaySettings;
  readonly backbone: Backbone;
  readonly logger: Logger;
  readonly version: string;
  readonly clock?: () => number;
  /** Where the operator's pages are built; default `ui/dist` of this checkout. */
  readonly uiDirectory?: string;
  /** Other than usual. */
  readonly tlsLimits?: Partial<TlsLimits>;
  /** Another process runs under this gateway's name: this one must stop. */
  readonly onReplaced: () => void;
}

export interface Gateway {
  readonly httpPort: number;
  readonly mqttPort: number;
  /** Undefined without a certificate. */
  readonly httpsPort: number | undefined;
  /** Undefined without a certificate. */
  readonly mqttsPort: number | undefined;
  readonly name: string;
  /** Ends connections so that devices come back elsewhere, writes what is under way, and records GatewayStopped. */
  stop(): Promise<void>;
}

/** Reports of one connection that are on their way to the log at once. */
const IN_FLIGHT = 256;
const OPEN_COMMANDS = 64;
/** Wrong bearer tokens of one address: programs that know none are slowed, those that share the address hardly. */
const WRONG_TOKENS = { burst: 100, refillMs: 500, addresses: 10_000 };
const BROWSERS = 1_000;
const WHY_NOT: Readonly<Record<LogState, readonly string[]>> = {
  ready: [],
  full: ["the log is full"],
  away: ["the log can't be reached"],
  hung: ["the log does not answer"],
};
const UI_DIRECTORY = fileURLToPath(new URL("../../ui/dist", import.meta.url));

/** Puts the parts of a gateway node together and opens its ports. The backbone stays the caller's to close. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, backbone, logger, version, clock = Date.now } = options;
  const { log } = backbone;
  const credentials = deviceCredentials(backbone.buckets);
  const operators = operatorTokens(backbone.buckets);
  if (settings.adminToken !== undefined) await operators.ensureAdmin(settings.adminToken);

  const { gatewayName: name, site } = settings;
  const origin: Origin = { source: `/gateways/${name}`, gateway: name, ...(site !== undefined && { site }), clock };
  const writer = new Writer(log, origin);
  const views = new Views(backbone.bus);
  const node: GatewayNode = new GatewayNode({
    name,
    backbone,
    writer,
    leaseTtlMs: settings.leaseTtl,
    logger,
    clock,
    version,
    onLost: () => sessions.endAll("log-unavailable", "this node was cut off from the log for too long"),
    onReplaced: options.onReplaced,
  });
  const maxBytes = { FLEET: settings.fleetMaxBytes, TELEMETRY: settings.telemetryMaxBytes };
  const metrics: Metrics = new Metrics({
    connections: () => ({ websocket: websocket.connections, mqtt: mqtt.connections, feed: feed.connections }),
    sessions: () => sessions.size,
    logStatus: () => log.status,
    heartbeats: () => heartbeats.current(),
    streams: () => readStreams(log, maxBytes),
    tls: () => tls?.certificates,
  });
  const tls = await openTls({
    settings,
    logger,
    clock,
    observe: metrics,
    ...(options.tlsLimits !== undefined && { limits: options.tlsLimits }),
  });
  const rates = new Rates(clock);
  const reserve = new Reserve(logger);
  const sessions = new Sessions({
    backbone,
    writer,
    views,
    credentials,
    logger,
    node,
    clock,
    observe: observers(metrics, rates),
    reserve,
    limits: { eventsPerSecond: settings.deviceRate, burst: settings.deviceBurst, openCommands: OPEN_COMMANDS },
  });
  const dialects = new Dialects(DIALECTS);
  const endpoint: EndpointContext = {
    directory: deviceDirectory(),
    dialects,
    sessions,
    connectionLimit: new ConnectionLimit(settings.maxConnections, (count) =>
      logger.warn(
        { count, limit: settings.maxConnections },
        "a device connection is over the limit; see FLEETLOG_MAX_CONNECTIONS",
      ),
    ),
    refusedLogins: new RefusedLogins({
      logger,
      clock,
      count: (protocol, reason) => metrics.loginRefused(protocol, reason),
    }),
    backbone,
    log,
    logger,
    clock,
    limits: {
      payloadBytes: settings.maxPayloadBytes,
      inFlight: IN_FLIGHT,
      loginMs: settings.loginTimeout,
      pingMs: settings.pingInterval,
    },
  };
  const websocket = createDeviceWebSocket(endpoint);
  const mqtt = createMqttEndpoint(endpoint);
  const heartbeats: Heartbeats = new Heartbeats(backbone.bus, clock, () => ({
    kind: "gateway",
    id: node.name,
    incarnation: node.incarnation,
    connections: { websocket: websocket.connections, mqtt: mqtt.connections },
    logStatus: log.status,
    ...(node.lease && { lease: node.lease }),
    ...rates.take(),
  }));
  const tail = new CommandTail(log, logger, (event) => {
    metrics.command(event.type);
    sessions.commandHeard(event);
    if (event.type === "CommandDelivered" && event.gateway === node.name) rates.delivered();
  });
  let [started, stopping] = [false, false];
  const ping = new LogPing({
    ask: async () => {
      const { bytes, maxBytes } = await log.state("FLEET");
      reserve.filled(bytes, maxBytes);
    },
  });
  const health = new LogHealth(log, ping, clock);
  const authenticators: Authenticators = {
    operators,
    operatorSessions: operatorSessions(backbone.buckets, operators),
    attempts: new Attempts(WRONG_TOKENS, clock),
  };
  const feed = createFeed({
    bus: backbone.bus,
    log: health,
    authenticators,
    logger,
    clock,
    limits: { connections: BROWSERS, pingMs: settings.pingInterval },
  });
  let ports: ReturnType<HttpContext["node"]["ports"]> = { mqtt: settings.mqttPort };
  const fleet: Fleet = { log, bus: backbone.bus, writer, views, credentials, tail };
  const context: HttpContext = {
    fleet,
    ...authenticators,
    node: {
      name: node.name,
      version,
      ports: () => ports,
      maxBytes,
    },
    ui: options.uiDirectory ?? UI_DIRECTORY,
    heartbeats: () => heartbeats.received(),
    announced: () => feed.announced,
    metrics,
    clock,
    commandDeadlineMs: settings.commandDeadline,
    notReady: () => [
      ...(started ? [] : ["this node is starting"]),
      ...(stopping ? ["this node is stopping"] : []),
      ...WHY_NOT[health.state],
    ],
    logHealth: () => health.state,
    nearlyFull: () => reserve.holding,
  };

  await tail.start();
  const app = await createHttpServer(context, { logger, version, bodyLimit: settings.maxPayloadBytes });
  // The fleet is told the port that the system gave; no device comes in before the node holds its lease.
  const httpPort = await listenHttp(app, settings);
  await node.start(`${settings.host}:${httpPort}`);
  heartbeats.start();
  ping.start();
  routeUpgrades(app.server, dialects.paths, { websocket, mqtt, feed });
  const mqttListener = await listenMqtt(mqtt, settings);
  const dialectListeners = await listenForDialects(DIALECTS, websocket, settings);
  const httpsListener = await tls?.listenHttps(app);
  const mqttsListener = await tls?.listenMqtts(mqtt);

  started = true;
  ports = { mqtt: mqttListener.port, ...(mqttsListener !== undefined && { mqtts: mqttsListener.port }) };

  return {
    httpPort,
    mqttPort: mqttListener.port,
    httpsPort: httpsListener?.port,
    mqttsPort: mqttsListener?.port,
    name: node.name,
    async stop() {
      if (stopping) return;
      stopping = true;
      sessions.stop();
      tls?.certificates.stop();
      const noHttps = httpsListener?.close();
      const listeners = [mqttListener, mqttsListener, ...dialectListeners].map((listener) => listener?.close());
      await Promise.all([...listeners, websocket.close(), mqtt.close(), feed.close()]);
      await Promise.all([app.close(), noHttps]);
      await tail.stop();
      await sessions.finish(await node.stop());
      heartbeats.stop();
      ping.stop();
      health.stop();
    },
  };
}
