import { createServer } from "node:http";
import { type WaitingClient, WaitingStore } from "@fleetlog/fleet";
import { createDeviceWebSocket, type DeviceWebSocket } from "@fleetlog/gateway/websocket";
import { type GatewayParts, type GatewayPartsOptions, startGatewayParts } from "./gateway-parts.ts";
import { type Serving, serve } from "./serving.ts";

/** Edgebind's own listener and its dependencies, on a free port. */
export interface EdgebindEndpoint extends GatewayParts, Serving {
  readonly endpoint: DeviceWebSocket;
  readonly url: string;
  readonly waitingStore: WaitingStore;
  waiting(): Promise<readonly WaitingClient[]>;
}

export async function startEdgebindEndpoint(options: GatewayPartsOptions = {}): Promise<EdgebindEndpoint> {
  const parts = await startGatewayParts(options);
  const endpoint = createDeviceWebSocket(parts.endpointContext);
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on("upgrade", (request, socket, head) => endpoint.upgrade(request, socket, head, "edgebind"));
  const serving = await serve(parts, endpoint, [{ server }]);
  const waitingStore = new WaitingStore(parts.backbone.buckets);
  return {
    ...parts,
    ...serving,
    endpoint,
    url: `ws://127.0.0.1:${serving.ports[0]}`,
    waitingStore,
    waiting: () => waitingStore.list(),
  };
}
