import { fileURLToPath } from "node:url";
import { accessEnded } from "@fleetlog/fleet";
import {
  certificateAuthority,
  deviceDirectory,
  operatorSessions,
  operators as operatorTokens,
  PersonTokens,
  registeredDevices,
  type Sealer,
  withPeople,
} from "@fleetlog/identity";
import type { Backbone, ObjectStore } from "@fleetlog/log";
import { FEED_PATH, MQTT_PATH, REPLAY_PATH } from "@fleetlog/protocol";
import type { Logger } from "pino";
import { DIALECTS, Dialects } from "./dialects/index.ts";
import { Attempts } from "./http/access/attempts.ts";
import type { Authenticators } from "./http/access/authenticate.ts";
import { RunningAnswers } from "./http/access/running-answers.ts";
import type { DialectHttpContext } from "./http/context.ts";
import { dialectServersPart } from "./http/dialect-servers-part.ts";
import { KeptAnswers } from "./http/idempotency/index.ts";
import { httpPart } from "./http/part.ts";
import { Transfers } from "./http/resources/artifacts/transfers.ts";
import { RESOURCES } from "./http/resources/index.ts";
import { createFeed } from "./live/endpoint.ts";
import { LoginMetrics } from "./metrics/connections.ts";
import { HttpMetrics } from "./metrics/http.ts";
import { TlsMetrics, tlsFilesGauges } from "./metrics/tls.ts";
import { createMqttEndpoint } from "./mqtt/endpoint.ts";
import { basePathOf } from "./net/base-path.ts";
import { clientFinder } from "./net/client.ts";
import { boundLimits, ConnectionBound } from "./net/connection-bound.ts";
import { listenForDevices } from "./net/dialect-listeners.ts";
import { connectionsPart, endpointContext } from "./net/endpoints-part.ts";
import { listenHttp, listenMqtt } from "./net/listen.ts";
import { listenersPart } from "./net/listeners-part.ts";
import { plainPorts, warnOfPlainPorts } from "./net/plain-ports.ts";
import { devicePorts, type Ports } from "./net/ports.ts";
import { authorityIn } from "./net/tls/given-authority.ts";
import { openTls, type TlsLimits } from "./net/tls/index.ts";
import { accessPart } from "./node/access-part.ts";
import { accountsPart } from "./node/accounts-part.ts";
import { artifactLimits, artifactsPart } from "./node/artifacts-part.ts";
import { clockPart } from "./node/clock-part.ts";
import { connectionBudget } from "./node/connection-budget.ts";
import { createCore } from "./node/core.ts";
import { endpointsOf } from "./node/endpoints.ts";
import { expiryPart } from "./node/expiry-part.ts";
import { heartbeatsPart, ownHeartbeatPart } from "./node/heartbeats-part.ts";
import { importsPart } from "./node/imports-part.ts";
import { leasePart } from "./node/lease-part.ts";
import { logPart } from "./node/log-part.ts";
import { GatewayNode } from "./node/node.ts";
import { openFilesLimit } from "./node/open-files.ts";
import { openIdOf } from "./node/open-id.ts";
import { ownLimitsOf } from "./node/own-limits.ts";
import { NodeParts } from "./node/parts.ts";
import { serverCertificatesPart } from "./node/server-certificates-part.ts";
import { successionsPart } from "./node/successions-part.ts";
import {
  ClaimCodes,
  certificateSource,
  enrolmentSource,
  Provisioning,
  provisionRequestSource,
} from "./provisioning/index.ts";
import { refusalsPart } from "./refusals/part.ts";
import { createReplays } from "./replay/endpoint.ts";
import { authoritiesPart } from "./sessions/authorities-part.ts";
import { commandsPart } from "./sessions/commands-part.ts";
import { configurationsPart } from "./sessions/configurations-part.ts";
import { sessionsPart } from "./sessions/part.ts";
import type { GatewaySettings } from "./settings/index.ts";
import { signInsPart } from "./sign-ins/part.ts";
import { pages } from "./ui/routes.ts";
import { WaitingClients } from "./waiting/index.ts";
import { createDeviceWebSocket } from "./websocket/endpoint.ts";

export interface GatewayOptions {
  readonly settings: GatewaySettings;
  readonly backbone: Backbone;
  readonly sealer: Sealer;
  /** Bytes of artifacts; closed when the gateway stops. */
  readonly objects: ObjectStore;
  readonly logger: Logger;
  readonly version: string;
  readonly clock?: () => number;
  readonly uiDirectory?: string;
  readonly tlsLimits?: Partial<TlsLimits>;
  readonly openFiles?: number;
  /** Called when another process runs under this gateway's name: this process must stop. */
  readonly onReplaced: () => void;
}

export interface Gateway {
  /** 0: off. */
  readonly httpPort: number;
  /** 0: off. */
  readonly mqttPort: number;
  /** Undefined without a certificate. */
  readonly httpsPort: number | undefined;
  readonly mqttsPort: number | undefined;
  /** Ports of the open listeners that belong to one dialect. */
  readonly dialectPorts: Readonly<Record<string, number>>;
  readonly name: string;
  /** Ends connections so that devices reconnect elsewhere, finishes pending appends, and records GatewayStopped. */
  stop(): Promise<void>;
}

const MAX_UNSTORED_REPORTS = 256;
const OPEN_COMMANDS = 64;
const WRONG_TOKENS = { burst: 100, refillMs: 500, addresses: 10_000 };
const BROWSERS = 1_000;
const REPLAYS = { connections: 32, ofPerson: 4, idleMs: 1_800_000 };
const UI_DIRECTORY = fileURLToPath(new URL("../../ui/dist", import.meta.url));

/** The caller closes the backbone. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, backbone, sealer, objects, logger, version, clock = Date.now } = options;
  const { gatewayName: name, site } = settings;
  const authority = certificateAuthority({
    buckets: backbone.buckets,
    sealer,
    clock,
    lifetimeMs: settings.deviceCertificateLifetime,
    given: authorityIn(settings),
    overlapMs: settings.authorityOverlap,
    onNews(news, subject) {
      if (news !== "ignored") logger.info({ subject }, `the authority was ${news}`);
      else logger.warn({ subject }, "FLEETLOG_AUTHORITY_CERT is not used, because another authority has replaced it");
    },
  });
  const ports: Ports = {};
  const core = createCore({
    name,
    site,
    version,
    backbone,
    sealer,
    objects,
    artifactLimits: artifactLimits(settings),
    ownLimits: ownLimitsOf(settings),
    logger,
    clock,
    authority,
    endpoints: () => endpointsOf({ publicUrl: settings.publicUrl, host: settings.host, ports }),
  });
  const { people, apiKeys } = core.fleet;
  const personTokens = new PersonTokens(backbone.buckets, people, clock, (person) => accessEnded(core.fleet, person));
  const operators = withPeople(operatorTokens(backbone.buckets), personTokens, apiKeys);
  if (settings.adminToken !== undefined) await operators.ensureAdmin(settings.adminToken);
  const maxBytes = {
    FLEET: settings.fleetMaxBytes,
    TELEMETRY: settings.telemetryMaxBytes,
    ACCESS: settings.accessMaxBytes,
    DELIVERY: settings.deliveryMaxBytes,
  };

  const node = new GatewayNode({
    name,
    backbone,
    writer: core.fleet.writer,
    leaseTtlMs: settings.leaseTtl,
    logger,
    clock,
    version,
    onReplaced: options.onReplaced,
  });
  const log = logPart(core, maxBytes);
  const access = refusalsPart(core);
  const { refusals } = access;
  const signIns = signInsPart(core);
  const processes = heartbeatsPart(core, settings.clockWarn);
  const clockLimits = { warnMs: settings.clockWarn, limitMs: settings.clockLimit };
  const ownClock = clockPart(core, clockLimits, processes.peerClocks);
  const devices = sessionsPart(core, log, {
    node,
    limits: {
      eventsPerSecond: settings.deviceRate,
      burst: settings.deviceBurst,
      bytesPerSecond: settings.deviceByteRate,
      burstBytes: settings.deviceByteBurst,
      loginsPerMinute: settings.deviceLogins,
      openCommands: OPEN_COMMANDS,
    },
  });
  const { sessions, rates } = devices;
  node.onLost(() => sessions.endAll("log-unavailable", "this node was cut off from the log for too long"));
  const commands = commandsPart(core, devices);

  const claimCodes = new ClaimCodes(core.fleet, clock);
  const provisioning = new Provisioning({
    fleet: core.fleet,
    bus: backbone.bus,
    sources: [
      provisionRequestSource(core.fleet, clock),
      enrolmentSource(core.fleet, clock),
      certificateSource(core.fleet, clock),
      // Claim codes are tried last, because any password of letters and digits may be one.
      claimCodes.source,
    ],
    observe: devices.observe,
    onEvent: (event) => claimCodes.onEvent(event),
    logger,
    clock,
    node: () => node.incarnation,
  });
  const dialects = new Dialects(DIALECTS);
  const logins = new LoginMetrics();
  const waiting = new WaitingClients({ core, sessions, dialects, listeners: DIALECTS });
  const findClient = clientFinder(settings.trustedProxies);
  const budget = connectionBudget(
    { devices: settings.maxConnections, pending: settings.pendingConnections, http: settings.httpConnections },
    options.openFiles ?? openFilesLimit(),
  );
  const bound = (total: number) =>
    new ConnectionBound(boundLimits(total, (address) => settings.trustedProxies?.trusts(address) === true));
  const endpoint = endpointContext(core, sessions, logins, refusals, {
    connections: budget.devices,
    pending: bound(budget.pending),
    provisioning,
    waiting,
    directory: deviceDirectory(
      DIALECTS.flatMap(({ identify }) => identify ?? []),
      registeredDevices(core.fleet.deviceLogins, core.fleet.credentials),
    ),
    dialects,
    findClient,
    limits: {
      payloadBytes: settings.maxPayloadBytes,
      maxUnstoredReports: MAX_UNSTORED_REPORTS,
      loginMs: settings.loginTimeout,
      pingMs: settings.pingInterval,
    },
  });
  const websocket = createDeviceWebSocket(endpoint);
  const mqtt = createMqttEndpoint(endpoint);
  const authenticators: Authenticators = {
    operators,
    operatorSessions: operatorSessions(backbone.buckets, operators, people, apiKeys, { clock }),
    personTokens,
    attempts: new Attempts(WRONG_TOKENS, clock),
    findClient,
    publicOrigin: settings.publicUrl && new URL(settings.publicUrl).origin,
  };
  const feed = createFeed({
    bus: backbone.bus,
    fleet: core.fleet,
    refusals,
    log: log.health,
    viewsHealth: processes.views,
    authenticators,
    logger,
    clock,
    limits: { connections: BROWSERS, pingMs: settings.pingInterval },
  });
  const replays = createReplays({
    fleet: core.fleet,
    refusals,
    authenticators,
    logger,
    clock,
    limits: { ...REPLAYS, pingMs: settings.pingInterval },
  });
  const plain = plainPorts(settings, DIALECTS);
  warnOfPlainPorts(plain, logger);
  const tlsMetrics = new TlsMetrics();
  const tls = await openTls({
    settings,
    authority: core.fleet.authority,
    customers: core.fleet.authorities,
    logger,
    boundedLog: core.boundedLog,
    clock,
    observe: tlsMetrics,
    limits: options.tlsLimits,
  });
  const expiry = expiryPart(core, authority, () => tls?.certificates.ends);
  const requests = new HttpMetrics();
  const answers = new RunningAnswers(clock);
  const httpContext = {
    answers,
    ...authenticators,
    publicUrl: settings.publicUrl,
    tpedmClients: settings.tpedmClients,
    openId: openIdOf(settings, sealer, clock),
    signUp: settings.signUp,
    mails: settings.mailFrom !== undefined,
    basePath: basePathOf(settings.publicUrl),
    fleet: commands.fleet,
    buckets: backbone.buckets,
    node: {
      ...{ name, version, maxBytes, plainPorts: plain, ports: () => devicePorts(ports, settings) },
      expiring: () => expiry.expiring(),
    },
    heartbeats: () => processes.heartbeats.received(),
    recentHeartbeats: () => processes.heartbeats.recent(),
    notifiedSeq: (stream) => feed.notifiedSeq(stream),
    requests,
    transfers: new Transfers(
      {
        downloads: settings.downloads,
        bytesPerSecond: settings.downloadRate,
        totalBytesPerSecond: settings.downloadTotalRate,
      },
      clock,
    ),
    keptAnswers: new KeptAnswers(backbone.buckets, sealer, clock),
    clock,
    boundedLog: core.boundedLog,
    refusals,
    signIns: signIns.signIns,
    commandDeadlineMs: settings.commandDeadline,
    logHealth: () => log.health.state,
    nearlyFull: () => log.reserve.holding,
    nats: log.nats,
    knownMissing: () => core.backbone.log.missing,
  } satisfies DialectHttpContext;
  const http = httpPart(core, {
    ports,
    requests,
    bodyLimit: settings.maxPayloadBytes,
    listen: (app) => listenHttp(app, settings),
    context: httpContext,
  });
  const httpBound = bound(budget.http);
  const dialectServers = dialectServersPart(core, {
    dialects: DIALECTS,
    settings,
    context: httpContext,
    bound: httpBound,
    tls,
  });
  const artifacts = artifactsPart(core);
  const connections = () => ({ websocket: websocket.connections, mqtt: mqtt.connections });

  const parts = new NodeParts([
    log,
    access,
    signIns,
    ownClock,
    processes,
    accountsPart(core),
    accessPart(backbone.bus, { ...authenticators, apiKeys }, [feed, replays, answers]),
    devices,
    commands,
    configurationsPart(core, devices),
    authoritiesPart(core, [sessions, provisioning]),
    serverCertificatesPart(core),
    successionsPart(core, sessions),
    expiry,
    provisioning.part(),
    waiting.part(),
    connectionsPart(logins, { websocket, mqtt, feed, replays }),
    {
      name: "websocket",
      upgrades: Object.fromEntries(dialects.paths.map((path) => [path, websocket])),
      drain: () => websocket.close(),
    },
    { name: "mqtt", upgrades: { [MQTT_PATH]: mqtt }, drain: () => mqtt.close() },
    { name: "live feed", upgrades: { [FEED_PATH]: feed }, drain: () => feed.close() },
    { name: "replays", upgrades: { [REPLAY_PATH]: replays }, drain: () => replays.close() },
    {
      name: "tls",
      metrics: [...tlsMetrics.metrics, ...tlsFilesGauges(tls?.certificates)],
      drain: () => tls?.certificates.stop(),
    },
    artifacts,
    importsPart(core, commands.fleet),
    { name: "api", routes: RESOURCES },
    { name: "pages", routes: [pages(options.uiDirectory ?? UI_DIRECTORY)] },
    http,
    dialectServers,
    // The lease starts after HTTP, because GatewayStarted names HTTP's port. It starts before the device ports, because
    // sessions need the lease.
    leasePart(node, sessions, () => `${settings.host}:${ports.http ?? settings.httpsPort}`),
    ownHeartbeatPart(core, () => ({
      kind: "gateway",
      id: name,
      incarnation: node.incarnation,
      connections: connections(),
      logStatus: backbone.log.status,
      clock: ownClock.reading(),
      sentAt: clock(),
      ...(node.lease && { lease: node.lease }),
      ...rates.take(),
    })),
    listenersPart({
      ports,
      server: () => http.app.server,
      httpBound,
      open: {
        mqtt: () => listenMqtt(mqtt, settings),
        https: () => tls?.listenHttps(http.app),
        mqtts: () => tls?.listenMqtts(mqtt),
      },
      openDialects: async () => [
        ...(await listenForDevices(DIALECTS, websocket, settings)),
        ...(await dialectServers.listen()),
      ],
    }),
  ]);
  await parts.start();
  const {
    http: httpPort = 0,
    mqtt: mqttPort = 0,
    https: httpsPort,
    mqtts: mqttsPort,
    dialects: dialectPorts = {},
  } = ports;
  return { httpPort, mqttPort, httpsPort, mqttsPort, dialectPorts, name, stop: () => parts.stop() };
}
