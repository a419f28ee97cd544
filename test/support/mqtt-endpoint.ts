import { createServer } from "node:net";
import { createMqttEndpoint, type MqttEndpoint } from "@fleetlog/gateway/mqtt";
import { type GatewayParts, type GatewayPartsOptions, startGatewayParts } from "./gateway-parts.ts";
import { type Serving, serve, upgradeServer } from "./serving.ts";

/** The MQTT endpoint and its dependencies, on free ports. */
export interface MqttTestEndpoint extends GatewayParts, Serving {
  readonly endpoint: MqttEndpoint;
  readonly port: number;
  readonly url: string;
  readonly websocketUrl: string;
}

export interface MqttTestOptions extends GatewayPartsOptions {
  readonly port?: number;
}

export async function startMqttEndpoint(options: MqttTestOptions = {}): Promise<MqttTestEndpoint> {
  const parts = await startGatewayParts(options);
  const endpoint = createMqttEndpoint(parts.endpointContext);
  const tcp = createServer((socket) => endpoint.accept(socket, `${socket.remoteAddress}:${socket.remotePort}`));
  const serving = await serve(parts, endpoint, [
    { server: tcp, port: options.port },
    { server: upgradeServer(endpoint) },
  ]);
  const [port, httpPort] = serving.ports as [number, number];
  return {
    ...parts,
    ...serving,
    endpoint,
    port,
    url: `mqtt://127.0.0.1:${port}`,
    websocketUrl: `ws://127.0.0.1:${httpPort}/mqtt`,
  };
}
