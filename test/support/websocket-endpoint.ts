import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createDeviceWebSocket, type DeviceWebSocket } from "@fleetlog/gateway/websocket";
import { type GatewayParts, type GatewayPartsOptions, startGatewayParts } from "./gateway-parts.ts";

export interface WebSocketTestOptions extends GatewayPartsOptions {
  /** Default a free one. */
  readonly port?: number;
}

/** The devices' WebSocket endpoint with all that stands behind it, on a free port. */
export interface WebSocketEndpoint extends GatewayParts {
  readonly endpoint: DeviceWebSocket;
  readonly port: number;
  /** Without a path, as the programs of the onboarding article have it. */
  readonly url: string;
  /** The same with a device's credentials in it. */
  urlOf(device: string, token: string): string;
  /** Ends as a stopping node does. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startWebSocketEndpoint(options: WebSocketTestOptions = {}): Promise<WebSocketEndpoint> {
  const parts = await startGatewayParts(options);
  const { sessions, backbone } = parts;
  const endpoint = createDeviceWebSocket(parts.endpointContext);
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on("upgrade", (request, socket, head) => endpoint.upgrade(request, socket, head));
  await new Promise<void>((up) => server.listen(options.port ?? 0, "127.0.0.1", up));
  const { port } = server.address() as AddressInfo;

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      sessions.stop();
      server.close();
      await endpoint.close();
    })();
    return stopped;
  };
  return {
    ...parts,
    endpoint,
    port,
    url: `ws://127.0.0.1:${port}`,
    urlOf: (device, token) => `ws://${encodeURIComponent(device)}:${token}@127.0.0.1:${port}`,
    stop,
    async [Symbol.asyncDispose]() {
      backbone.back();
      backbone.room();
      await stop();
      await parts.close();
    },
  };
}
