import { fileURLToPath } from "node:url";
import type { Sealer } from "@fleetlog/identity";
import type { Backbone, ObjectStore } from "@fleetlog/log";
import type { Logger } from "pino";
import { deviceEndpoints } from "./assembly/device-endpoints.ts";
import { operatorEndpoints } from "./assembly/operator-endpoints.ts";
import { plainPorts, warnOfPlainPorts } from "./assembly/plain-ports.ts";
import { tlsPart } from "./assembly/tls-part.ts";
import { DIALECTS } from "./dialects/index.ts";
import { dialectServersPart } from "./dialects/listening/http-servers-part.ts";
import { listenForDevices } from "./dialects/listening/websocket-listeners.ts";
import { connectionsPart } from "./endpoints/part.ts";
import { accessPart } from "./http/access/access-part.ts";
import { createAuthenticators } from "./http/access/create-authenticators.ts";
import { RunningAnswers } from "./http/access/running-answers.ts";
import { createHttpContext } from "./http/create-context.ts";
import { httpPart } from "./http/part.ts";
import { RESOURCES } from "./http/resources/index.ts";
import { LoginMetrics } from "./metrics/connections.ts";
import { HttpMetrics } from "./metrics/http.ts";
import { boundLimits, ConnectionBound } from "./net/connection-bound.ts";
import { listenHttp, listenMqtt } from "./net/listen/listen.ts";
import { devicePorts, type Ports } from "./net/listen/ports.ts";
import type { TlsLimits } from "./net/listen/tls.ts";
import { clientFinder } from "./net/proxies/client.ts";
import { installationAuthority } from "./node/authority.ts";
import { clockPart } from "./node/cluster/clock-part.ts";
import { heartbeatsPart, ownHeartbeatPart } from "./node/cluster/heartbeats-part.ts";
import { createCore } from "./node/core.ts";
import { endpointsOf } from "./node/endpoints.ts";
import { logPart } from "./node/health/log-part.ts";
import { declaredBytes } from "./node/health/streams.ts";
import { connectionBudget } from "./node/limits/connection-budget.ts";
import { openFilesLimit } from "./node/limits/open-files.ts";
import { ownLimitsOf } from "./node/limits/own-limits.ts";
import { GatewayNode } from "./node/node.ts";
import { accountsPart } from "./node/parts/accounts-part.ts";
import { artifactLimits, artifactsPart } from "./node/parts/artifacts-part.ts";
import { expiryPart } from "./node/parts/expiry-part.ts";
import { importsPart } from "./node/parts/imports-part.ts";
import { listenersPart } from "./node/parts/listeners-part.ts";
import { peoplePart } from "./node/parts/people-part.ts";
import { serverCertificatesPart } from "./node/parts/server-certificates-part.ts";
import { NodeParts } from "./node/parts.ts";
import { refusalsPart } from "./refusals/part.ts";
import { authoritiesPart } from "./sessions/parts/authorities-part.ts";
import { bucketsPart } from "./sessions/parts/buckets-part.ts";
import { commandsPart } from "./sessions/parts/commands-part.ts";
import { configurationsPart } from "./sessions/parts/configurations-part.ts";
import { leasePart } from "./sessions/parts/lease-part.ts";
import { sessionsPart } from "./sessions/parts/sessions-part.ts";
import { successionsPart } from "./sessions/parts/successions-part.ts";
import type { GatewaySettings } from "./settings/index.ts";
import { signInsPart } from "./sign-ins/part.ts";
import { pages } from "./ui/routes.ts";

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

const OPEN_COMMANDS = 64;
const UI_DIRECTORY = fileURLToPath(new URL("../../ui/dist", import.meta.url));

/** {@link Gateway.stop} leaves the backbone open: the caller must close it. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, backbone, sealer, objects, logger, version, clock = Date.now } = options;
  const { gatewayName: name, site } = settings;
  const authority = installationAuthority(settings, { buckets: backbone.buckets, sealer, clock, logger });
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
  const findClient = clientFinder(settings.trustedProxies);
  const authenticators = await createAuthenticators(core, settings, findClient);
  const maxBytes = declaredBytes(settings);
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

  const logins = new LoginMetrics();
  const budget = connectionBudget(
    { devices: settings.maxConnections, pending: settings.pendingConnections, http: settings.httpConnections },
    options.openFiles ?? openFilesLimit(),
  );
  const bound = (total: number) =>
    new ConnectionBound(boundLimits(total, (address) => settings.trustedProxies?.trusts(address) === true));
  const pending = bound(budget.pending);
  const { websocket, mqtt, provisioning, ...endpoints } = deviceEndpoints(core, settings, {
    node,
    devices,
    logins,
    refusals,
    findClient,
    connections: budget.devices,
    pending,
  });
  const { feed, replays, ...sockets } = operatorEndpoints(core, {
    log,
    processes,
    authenticators,
    refusals,
    pingMs: settings.pingInterval,
  });
  const plain = plainPorts(settings, DIALECTS);
  warnOfPlainPorts(plain, logger);
  const { tls, ...tlsFiles } = await tlsPart(core, { settings, handshakes: pending, limits: options.tlsLimits });
  const expiry = expiryPart(core, authority, () => tls?.certificates.ends);
  const buckets = bucketsPart(core);
  const requests = new HttpMetrics();
  const answers = new RunningAnswers(clock);
  const httpContext = createHttpContext(core, settings, {
    node: {
      ...{ name, version, maxBytes, plainPorts: plain, ports: () => devicePorts(ports, settings) },
      expiring: () => expiry.expiring(),
      missingBuckets: () => buckets.missing(),
    },
    fleet: commands.fleet,
    authenticators,
    log,
    heartbeats: processes.heartbeats,
    refusals,
    signIns: signIns.signIns,
    notifiedSeq: (stream) => feed.notifiedSeq(stream),
    answers,
    requests,
  });
  const http = httpPart(core, {
    resources: [...RESOURCES, pages(options.uiDirectory ?? UI_DIRECTORY)],
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

  const parts = new NodeParts([
    log,
    access,
    signIns,
    ownClock,
    processes,
    accountsPart(core),
    accessPart(backbone.bus, { ...authenticators, apiKeys: core.fleet.apiKeys }, [feed, replays, answers]),
    devices,
    commands,
    configurationsPart(core, devices),
    authoritiesPart(core, [sessions, provisioning]),
    serverCertificatesPart(core),
    successionsPart(core, sessions),
    expiry,
    buckets,
    ...endpoints.parts,
    connectionsPart(logins, { websocket, mqtt, feed, replays }),
    ...sockets.parts,
    tlsFiles,
    artifactsPart(core),
    importsPart(core, commands.fleet),
    peoplePart(core),
    http,
    dialectServers,
    // The lease starts after HTTP, because GatewayStarted names HTTP's port. It starts before the device ports, because
    // sessions need the lease.
    leasePart(node, sessions, () => `${settings.host}:${ports.http ?? settings.httpsPort}`),
    ownHeartbeatPart(core, () => ({
      kind: "gateway",
      id: name,
      incarnation: node.incarnation,
      connections: { websocket: websocket.connections, mqtt: mqtt.connections },
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
        ...(await listenForDevices(DIALECTS, websocket, settings, httpBound)),
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
