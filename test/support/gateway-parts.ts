import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Category, type Command, type RecordedEvent, streamOf } from "@fleetlog/domain";
import { CommandTail, type Fleet, issueCommand, operatorCaller, registerDevice, Views, Writer } from "@fleetlog/fleet";
import { DIALECTS, type Dialect, Dialects } from "@fleetlog/gateway/dialects";
import type { createMqttEndpoint } from "@fleetlog/gateway/mqtt";
import { ConnectionLimit, RefusedLogins } from "@fleetlog/gateway/net";
import { Reserve, type SessionContext, type SessionLimits, Sessions } from "@fleetlog/gateway/sessions";
import { type DeviceCredentials, type Directory, deviceCredentials, deviceDirectory } from "@fleetlog/identity";
import { type MemoryBackbone, type MemoryBackboneOptions, memoryBackbone } from "@fleetlog/log";
import { Projector } from "@fleetlog/projections";
import { pino } from "pino";

type EndpointContext = Parameters<typeof createMqttEndpoint>[0];
type Logger = SessionContext["logger"];

export type TestLimits = Partial<EndpointContext["limits"]> & {
  /** Devices at a time. */
  readonly connections?: number;
};

export interface GatewayPartsOptions {
  readonly limits?: TestLimits;
  readonly sessions?: Partial<SessionLimits>;
  readonly backbone?: MemoryBackboneOptions;
  readonly gateway?: string;
  readonly clock?: () => number;
  /** Other than usual. */
  readonly dialects?: readonly Dialect[];
  readonly directory?: Directory;
  /** Another node's backbone belongs to the same server, whose projector answers both. */
  readonly beside?: MemoryBackbone;
}

/** What stands behind a gateway's endpoints, in this process: log, views, sessions, operators. */
export interface GatewayParts {
  readonly backbone: MemoryBackbone;
  readonly sessions: Sessions;
  readonly credentials: DeviceCredentials;
  readonly fleet: Fleet;
  readonly logger: Logger;
  readonly clock: () => number;
  /** What was logged as a warning or worse. */
  readonly logged: readonly { readonly msg: string; readonly [field: string]: unknown }[];
  /** What an endpoint stands on. */
  readonly endpointContext: EndpointContext;
  /** Registers a device and answers its token. */
  register(device: string): Promise<string>;
  issue(device: string, name: string, params?: unknown): Promise<Command>;
  /** In log order. */
  events(device: string, category: Category): Promise<RecordedEvent[]>;
  /** To be called when the endpoints are closed. */
  close(): Promise<void>;
}

const DEADLINE_MS = 3_600_000;
/** Who registers devices and issues commands here. */
export const TESTER = operatorCaller("tester", "test");

export async function startGatewayParts(options: GatewayPartsOptions = {}): Promise<GatewayParts> {
  const { clock = Date.now, gateway = "gateway-1", beside } = options;
  const backbone = memoryBackbone({ clock, ...options.backbone, ...(beside && { server: beside.server }) });
  const logged: { msg: string; [field: string]: unknown }[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const directory = await mkdtemp(join(tmpdir(), "fleetlog-views-"));
  const projector =
    beside === undefined
      ? new Projector({ backbone, id: "test", directory, logger: pino({ level: "silent" }) })
      : undefined;
  await projector?.start();
  const credentials = deviceCredentials(backbone.buckets);
  const noop = () => {};
  const { log, bus } = backbone;
  const writer = new Writer(log, { source: `/gateways/${gateway}`, gateway, clock });
  const views = new Views(bus);
  const sessions = new Sessions({
    reserve: new Reserve(logger),
    backbone,
    writer,
    views,
    credentials,
    logger,
    clock,
    node: { name: gateway, incarnation: "1" },
    observe: { received: noop, acknowledged: noop, refused: noop },
    limits: { eventsPerSecond: 100_000, burst: 200_000, openCommands: 64, ...options.sessions },
  });
  const tail = new CommandTail(log, logger, noop);
  await tail.start();
  const fleet: Fleet = { log, bus, writer, views, credentials, tail };
  const { connections = 10_000, ...limits } = options.limits ?? {};
  const endpointContext: EndpointContext = {
    directory: options.directory ?? deviceDirectory(),
    dialects: new Dialects(options.dialects ?? DIALECTS),
    sessions,
    backbone,
    log: backbone.log,
    logger,
    clock,
    connectionLimit: new ConnectionLimit(connections),
    refusedLogins: new RefusedLogins({ logger, clock, count: noop }),
    limits: { payloadBytes: 262_144, inFlight: 256, loginMs: 10_000, pingMs: 30_000, ...limits },
  };
  return {
    backbone,
    endpointContext,
    sessions,
    credentials,
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
      await tail.stop();
      await projector?.close();
      await backbone.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
