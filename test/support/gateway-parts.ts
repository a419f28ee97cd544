import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Category, type Command, type RecordedEvent, streamOf } from "@fleetlog/domain";
import { type Fleet, issueCommand, registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { DIALECTS, type Dialect, Dialects } from "@fleetlog/gateway/dialects";
import type { createMqttEndpoint } from "@fleetlog/gateway/mqtt";
import {
  ConnectionBound,
  commandsPart,
  configurationsPart,
  createCore,
  endpointContext,
  LoginMetrics,
  NodeParts,
  refusalsPart,
  sessionsPart,
  WaitingClients,
} from "@fleetlog/gateway/node";
import { Provisioning, provisionRequestSource } from "@fleetlog/gateway/provisioning";
import { Reserve, type SessionContext, type SessionLimits, type Sessions } from "@fleetlog/gateway/sessions";
import {
  type DeviceCredentials,
  type Directory,
  deviceDirectory,
  registeredDevices,
  sealerOf,
} from "@fleetlog/identity";
import { type MemoryBackbone, type MemoryBackboneOptions, MemoryObjects, memoryBackbone } from "@fleetlog/log";
import { Projector } from "@fleetlog/projections";
import { pino } from "pino";

type EndpointContext = Parameters<typeof createMqttEndpoint>[0];
type Logger = SessionContext["logger"];

export type TestLimits = Partial<EndpointContext["limits"]> & {
  readonly connections?: number;
  readonly pending?: number;
};

export interface GatewayPartsOptions {
  readonly limits?: TestLimits;
  readonly sessions?: Partial<SessionLimits>;
  readonly backbone?: MemoryBackboneOptions;
  readonly gateway?: string;
  readonly clock?: () => number;
  readonly dialects?: readonly Dialect[];
  readonly directory?: Directory;
  /** Another node's backbone, whose server and projector this node shares. */
  readonly beside?: MemoryBackbone;
}

/** A gateway in this process without endpoints and ports. */
export interface GatewayParts {
  readonly backbone: MemoryBackbone;
  readonly sessions: Sessions;
  readonly credentials: DeviceCredentials;
  readonly fleet: Fleet;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly logged: readonly { readonly msg: string; readonly [field: string]: unknown }[];
  readonly endpointContext: EndpointContext;
  register(device: string): Promise<string>;
  issue(device: string, name: string, params?: unknown): Promise<Command>;
  events(device: string, category: Category): Promise<RecordedEvent[]>;
  close(): Promise<void>;
}

const DEADLINE_MS = 3_600_000;
/** Nodes of one installation have the same key. */
const sealer = sealerOf(randomBytes(32));
export const TESTER = testCaller("tester", "test");

export async function startGatewayParts(options: GatewayPartsOptions = {}): Promise<GatewayParts> {
  const { clock = Date.now, gateway = "gateway-1", beside } = options;
  const backbone = memoryBackbone({ clock, ...options.backbone, ...(beside && { server: beside.server }) });
  const logged: { msg: string; [field: string]: unknown }[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const viewsDirectory = await mkdtemp(join(tmpdir(), "fleetlog-views-"));
  const projector =
    beside === undefined
      ? new Projector({ backbone, id: "test", directory: viewsDirectory, logger: pino({ level: "silent" }) })
      : undefined;
  await projector?.start();
  const core = createCore({
    name: gateway,
    version: "test",
    backbone,
    sealer,
    objects: new MemoryObjects(),
    artifactLimits: { maxBytes: 1_000_000, accountBytes: 4_000_000 },
    logger,
    clock,
    endpoints: () => ({ websocket: "ws://localhost/device", http: "http://localhost" }),
  });
  const limits = {
    eventsPerSecond: 100_000,
    burst: 200_000,
    bytesPerSecond: 1e9,
    burstBytes: 1e9,
    loginsPerMinute: 100_000,
    openCommands: 64,
    ...options.sessions,
  };
  const node = { name: gateway, incarnation: "1", sessionsMissing() {} };
  const devices = sessionsPart(core, { reserve: new Reserve(logger) }, { node, limits });
  const commands = commandsPart(core, devices);
  const access = refusalsPart(core);
  const provisioning = new Provisioning({
    fleet: core.fleet,
    bus: backbone.bus,
    sources: [provisionRequestSource(core.fleet, clock)],
    observe: devices.observe,
    logger,
    clock,
    loginsPerMinute: 1_000,
    node: () => gateway,
  });
  const dialects = new Dialects(options.dialects ?? DIALECTS);
  const waiting = new WaitingClients({ core, sessions: devices.sessions, dialects, listeners: DIALECTS });
  const parts = new NodeParts([
    access,
    devices,
    commands,
    configurationsPart(core, devices),
    provisioning.part(),
    waiting.part(),
  ]);
  await parts.start();
  const { fleet } = commands;
  const { sessions } = devices;
  const { connections = 10_000, pending = 10_000, ...endpointLimits } = options.limits ?? {};
  const endpoints = endpointContext(core, sessions, new LoginMetrics(), access.refusals, {
    connections,
    pending: new ConnectionBound({ total: pending, ofAddress: () => pending }),
    directory:
      options.directory ??
      deviceDirectory(
        (options.dialects ?? DIALECTS).flatMap(({ identify }) => identify ?? []),
        registeredDevices(fleet.deviceLogins, fleet.credentials),
      ),
    provisioning,
    waiting,
    dialects,
    findClient: (request) => ({
      address: request.socket.remoteAddress ?? "",
      peer: `${request.socket.remoteAddress}:${request.socket.remotePort}`,
      host: undefined,
      encrypted: false,
    }),
    limits: { payloadBytes: 262_144, maxUnstoredReports: 256, loginMs: 10_000, pingMs: 30_000, ...endpointLimits },
  });
  return {
    backbone,
    endpointContext: endpoints,
    sessions,
    credentials: fleet.credentials,
    fleet,
    logger,
    clock,
    logged,
    register: async (device) => (await registerDevice(fleet, TESTER, { id: device })).token,
    issue: (device, name, params) =>
      issueCommand(fleet, TESTER, {
        device,
        name,
        ...(params !== undefined && { params }),
        deadline: new Date(clock() + DEADLINE_MS).toISOString(),
      }),
    async events(device, category) {
      const events: RecordedEvent[] = [];
      for await (const event of backbone.log.read({ stream: streamOf(category), category, entity: device })) {
        events.push(event);
      }
      return events;
    },
    async close() {
      await parts.stop();
      await projector?.close();
      await backbone.close();
      await rm(viewsDirectory, { recursive: true, force: true });
    },
  };
}
