import { createDeviceWebSocket, type DeviceWebSocket } from "@fleetlog/gateway/websocket";
import { type GatewayParts, type GatewayPartsOptions, startGatewayParts } from "./gateway-parts.ts";
import { type Serving, serve, upgradeServer } from "./serving.ts";

export interface WebSocketTestOptions extends GatewayPartsOptions {
  readonly port?: number;
}

/** The devices' WebSocket endpoint and its dependencies, on a free port. */
export interface WebSocketEndpoint extends GatewayParts, Serving {
  readonly endpoint: DeviceWebSocket;
  readonly port: number;
  /** Without a path, as in Edgebind programs. */
  readonly url: string;
  urlOf(device: string, token: string): string;
}

export async function startWebSocketEndpoint(options: WebSocketTestOptions = {}): Promise<WebSocketEndpoint> {
  const parts = await startGatewayParts(options);
  const endpoint = createDeviceWebSocket(parts.endpointContext);
  const serving = await serve(parts, endpoint, [{ server: upgradeServer(endpoint), port: options.port }]);
  const [port] = serving.ports as [number];
  return {
    ...parts,
    ...serving,
    endpoint,
    port,
    url: `ws://127.0.0.1:${port}`,
    urlOf: (device, token) => `ws://${encodeURIComponent(device)}:${token}@127.0.0.1:${port}`,
  };
}
