import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Category, type Command, type EventFrame, type RecordedEvent, streamOf } from "@fleetlog/domain";
import { CommandService } from "@fleetlog/gateway/commands";
import { CommandTail } from "@fleetlog/gateway/commands/tail";
import { DeviceService } from "@fleetlog/gateway/devices";
import { type SessionLimits, Sessions } from "@fleetlog/gateway/sessions";
import { createDeviceWebSocket, type DeviceWebSocket } from "@fleetlog/gateway/websocket";
import { deviceCredentials } from "@fleetlog/identity";
import { type MemoryBackbone, type MemoryBackboneOptions, memoryBackbone } from "@fleetlog/log";
import { Projector } from "@fleetlog/projections";
import { pino } from "pino";

export interface EndpointLimits {
  readonly payloadBytes: number;
  readonly inFlight: number;
  readonly connections: number;
  readonly loginMs: number;
  readonly pingMs: number;
}

export interface WebSocketEndpointOptions {
  readonly limits?: Partial<EndpointLimits>;
  readonly sessions?: Partial<SessionLimits>;
  readonly backbone?: MemoryBackboneOptions;
  readonly gateway?: string;
  /** Default a free one. */
  readonly port?: number;
}

/** The devices' WebSocket endpoint with all that stands behind it, in this process: log, views, sessions, operators. */
export interface WebSocketEndpoint {
  readonly backbone: MemoryBackbone;
  readonly endpoint: DeviceWebSocket;
  readonly sessions: Sessions;
  readonly devices: DeviceService;
  readonly commands: CommandService;
  readonly port: number;
  /** Without a path: that of the article's programs. */
  readonly url: string;
  /** The same with a device's credentials in it. */
  urlOf(device: string, token: string): string;
  /** Registers a device and answers its token. */
  register(device: string): Promise<string>;
  issue(device: string, name: string, params?: unknown): Promise<Command>;
  events(device: string, category: Category): Promise<RecordedEvent[]>;
  /** Stops listening, then ends all connections as a stopping node does. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DEADLINE_MS = 3_600_000;
const asker = { by: "tester", correlationid: "test" };

export async function startWebSocketEndpoint(options: WebSocketEndpointOptions = {}): Promise<WebSocketEndpoint> {
  const backbone = memoryBackbone(options.backbone);
  const logger = pino({ level: "silent" });
  const clock = Date.now;
  const directory = await mkdtemp(join(tmpdir(), "fleetlog-views-"));
  const projector = new Projector({ backbone, id: "test", directory, logger });
  await projector.start();
  const credentials = deviceCredentials(backbone.buckets);
  const name = options.gateway ?? "gateway-1";
  const noop = () => {};
  const sessions = new Sessions({
    backbone,
    credentials,
    logger,
    clock,
    node: { name, incarnation: "1" },
    observe: { received: noop, acknowledged: noop, refused: noop },
    limits: { eventsPerSecond: 100_000, burst: 200_000, openCommands: 64, ...options.sessions },
  });
  const endpoint = createDeviceWebSocket({
    sessions,
    backbone,
    log: backbone.log,
    logger,
    clock,
    limits: {
      payloadBytes: 262_144,
      inFlight: 256,
      connections: 10_000,
      loginMs: 10_000,
      pingMs: 30_000,
      ...options.limits,
    },
  });
  const frame = (entity: string, more: Partial<EventFrame> = {}): EventFrame => ({
    id: crypto.randomUUID(),
    source: `/gateways/${name}`,
    time: new Date().toISOString(),
    entity,
    ...more,
  });
  const tail = new CommandTail(backbone, logger, noop);
  await tail.start();
  const devices = new DeviceService({ backbone, credentials, frame });
  const commands = new CommandService({ backbone, tail, frame, clock });
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on("upgrade", (request, socket, head) => endpoint.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  let stopped: Promise<void> | undefined;
  async function stopAll(): Promise<void> {
    sessions.stop();
    server.close();
    await endpoint.close();
  }
  const stop = (): Promise<void> => {
    stopped ??= stopAll();
    return stopped;
  };
  return {
    backbone,
    endpoint,
    sessions,
    devices,
    commands,
    port,
    url: `ws://127.0.0.1:${port}`,
    urlOf: (device, token) => `ws://${encodeURIComponent(device)}:${token}@127.0.0.1:${port}`,
    register: async (device) => (await devices.register(device, undefined, [], asker)).token,
    issue: (device, command, params) =>
      commands.issue({
        device,
        name: command,
        ...(params !== undefined && { params }),
        deadline: new Date(Date.now() + DEADLINE_MS).toISOString(),
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
    stop,
    async [Symbol.asyncDispose]() {
      backbone.back();
      backbone.room();
      await stop();
      await tail.stop();
      await projector.close();
      await backbone.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
