import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Category, type Command, type EventFrame, type RecordedEvent, streamOf } from "@fleetlog/domain";
import { CommandService } from "@fleetlog/gateway/commands";
import { CommandTail } from "@fleetlog/gateway/commands/tail";
import { DeviceService } from "@fleetlog/gateway/devices";
import type { createMqttEndpoint } from "@fleetlog/gateway/mqtt";
import { ConnectionLimit, RefusedLogins } from "@fleetlog/gateway/net";
import { Reserve, type SessionContext, type SessionLimits, Sessions } from "@fleetlog/gateway/sessions";
import { type DeviceCredentials, deviceCredentials } from "@fleetlog/identity";
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
  /** Another node's backbone belongs to the same server, whose projector answers both. */
  readonly beside?: MemoryBackbone;
}

/** What stands behind a gateway's endpoints, in this process: log, views, sessions, operators. */
export interface GatewayParts {
  readonly backbone: MemoryBackbone;
  readonly sessions: Sessions;
  readonly credentials: DeviceCredentials;
  readonly devices: DeviceService;
  readonly commands: CommandService;
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
const asker = { by: "tester", correlationid: "test" };

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
  const sessions = new Sessions({
    reserve: new Reserve(logger),
    backbone,
    credentials,
    logger,
    clock,
    node: { name: gateway, incarnation: "1" },
    observe: { received: noop, acknowledged: noop, refused: noop },
    limits: { eventsPerSecond: 100_000, burst: 200_000, openCommands: 64, ...options.sessions },
  });
  const frame = (entity: string, more: Partial<EventFrame> = {}): EventFrame => ({
    id: crypto.randomUUID(),
    source: `/gateways/${gateway}`,
    time: new Date(clock()).toISOString(),
    entity,
    ...more,
  });
  const tail = new CommandTail(backbone, logger, noop);
  await tail.start();
  const devices = new DeviceService({ backbone, credentials, frame });
  const commands = new CommandService({ backbone, tail, frame, clock });
  const { connections = 10_000, ...limits } = options.limits ?? {};
  const endpointContext: EndpointContext = {
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
    devices,
    commands,
    logger,
    clock,
    logged,
    register: async (device) => (await devices.register(device, undefined, [], asker)).token,
    issue: (device, name, params) =>
      commands.issue({
        device,
        name,
        ...(params !== undefined && { params }),
        deadline: new Date(clock() + DEADLINE_MS).toISOString(),
        by: asker.by,
        correlationid: asker.correlationid,
        waitMs: 0,
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
