import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { createMqttEndpoint, type MqttEndpoint } from "@fleetlog/gateway/mqtt";
import { type GatewayParts, type GatewayPartsOptions, startGatewayParts } from "./gateway-parts.ts";

/** The MQTT endpoint with all that stands behind it, on free ports. */
export interface MqttTestEndpoint extends GatewayParts {
  readonly endpoint: MqttEndpoint;
  readonly port: number;
  readonly url: string;
  /** MQTT over WebSocket. */
  readonly websocketUrl: string;
  /** Ends as a stopping node does. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startMqttEndpoint(options: GatewayPartsOptions = {}): Promise<MqttTestEndpoint> {
  const parts = await startGatewayParts(options);
  const { sessions, backbone } = parts;
  const endpoint = createMqttEndpoint(parts.endpointContext);
  const tcp = createServer((socket) => endpoint.accept(socket, `${socket.remoteAddress}:${socket.remotePort}`));
  const http = createHttpServer((_request, response) => response.writeHead(404).end());
  http.on("upgrade", (request, socket, head) => endpoint.upgrade(request, socket, head));
  await Promise.all([tcp, http].map((server) => new Promise<void>((up) => server.listen(0, "127.0.0.1", up))));
  const port = (tcp.address() as AddressInfo).port;
  const httpPort = (http.address() as AddressInfo).port;

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      sessions.stop();
      tcp.close();
      http.close();
      await endpoint.close();
    })();
    return stopped;
  };
  return {
    ...parts,
    endpoint,
    port,
    url: `mqtt://127.0.0.1:${port}`,
    websocketUrl: `ws://127.0.0.1:${httpPort}/mqtt`,
    stop,
    async [Symbol.asyncDispose]() {
      backbone.back();
      backbone.room();
      await stop();
      await parts.close();
    },
  };
}
