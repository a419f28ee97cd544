import { deviceDirectory, registeredDevices } from "@fleetlog/identity";
import { MQTT_PATH } from "@fleetlog/protocol";
import { DIALECTS, Dialects } from "../dialects/index.ts";
import { endpointContext } from "../endpoints/part.ts";
import type { LoginMetrics } from "../metrics/connections.ts";
import { createMqttEndpoint, type MqttEndpoint } from "../mqtt/endpoint.ts";
import type { ConnectionBound } from "../net/connection-bound.ts";
import type { FindClient } from "../net/proxies/client.ts";
import type { Core } from "../node/core.ts";
import type { NodePart } from "../node/parts.ts";
import { RepairedLogins } from "../node/repaired-logins.ts";
import { createProvisioning, type Provisioning } from "../provisioning/index.ts";
import type { Refusals } from "../refusals/recorder.ts";
import type { SessionsPart } from "../sessions/parts/sessions-part.ts";
import type { GatewaySettings } from "../settings/index.ts";
import { WaitingClients } from "../waiting/index.ts";
import { createDeviceWebSocket, type DeviceWebSocket } from "../websocket/endpoint.ts";

const MAX_UNSTORED_REPORTS = 256;

export interface DeviceEndpointsOptions {
  readonly node: { readonly incarnation: string };
  readonly devices: Pick<SessionsPart, "sessions" | "observe">;
  readonly logins: LoginMetrics;
  readonly refusals: Refusals;
  readonly findClient: FindClient;
  /** Maximum number of devices that have logged in, over all protocols. */
  readonly connections: number;
  /** Limits connections that have not logged in. */
  readonly pending: ConnectionBound;
}

export interface DeviceEndpoints {
  readonly websocket: DeviceWebSocket;
  readonly mqtt: MqttEndpoint;
  readonly provisioning: Provisioning;
  readonly parts: readonly NodePart[];
}

/** The endpoints of devices, of provisioning devices, and of clients that wait to be let in. */
export function deviceEndpoints(
  core: Core,
  settings: GatewaySettings,
  { node, devices: { sessions, observe }, logins, refusals, findClient, connections, pending }: DeviceEndpointsOptions,
): DeviceEndpoints {
  const provisioning = createProvisioning(core, node, observe, settings.deviceLogins);
  const dialects = new Dialects(DIALECTS);
  const waiting = new WaitingClients({ core, sessions, dialects, listeners: DIALECTS });
  const context = endpointContext(core, sessions, logins, refusals, {
    connections,
    pending,
    provisioning,
    waiting,
    directory: deviceDirectory(
      DIALECTS.flatMap(({ identify }) => identify ?? []),
      registeredDevices(new RepairedLogins(core), core.fleet.credentials),
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
  const websocket = createDeviceWebSocket(context);
  const mqtt = createMqttEndpoint(context);
  const parts: readonly NodePart[] = [
    provisioning.part(),
    waiting.part(),
    {
      name: "websocket",
      upgrades: Object.fromEntries(dialects.paths.map((path) => [path, websocket])),
      drain: () => websocket.close(),
    },
    { name: "mqtt", upgrades: { [MQTT_PATH]: mqtt }, drain: () => mqtt.close() },
  ];
  return { websocket, mqtt, provisioning, parts };
}
