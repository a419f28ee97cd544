import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Server } from "node:net";
import type { Duplex } from "node:stream";
import type { GatewayParts } from "./gateway-parts.ts";

export interface Serving {
  readonly ports: readonly number[];
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export function upgradeServer(endpoint: {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}): Server {
  const server = createServer((_request, response) => response.writeHead(404).end());
  return server.on("upgrade", (request, socket, head) => endpoint.upgrade(request, socket, head));
}

/** Opens an endpoint's servers. Disposal brings the log back, then closes everything in order. */
export async function serve(
  { sessions, backbone, close }: GatewayParts,
  endpoint: { close(): Promise<void> },
  servers: readonly { readonly server: Server; readonly port?: number | undefined }[],
): Promise<Serving> {
  await Promise.all(
    servers.map(({ server, port = 0 }) => new Promise<void>((up) => server.listen(port, "127.0.0.1", up))),
  );
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      sessions.stop();
      for (const { server } of servers) server.close();
      await endpoint.close();
    })();
    return stopped;
  };
  return {
    ports: servers.map(({ server }) => (server.address() as AddressInfo).port),
    stop,
    async [Symbol.asyncDispose]() {
      backbone.back();
      backbone.room();
      await stop();
      await close();
    },
  };
}
