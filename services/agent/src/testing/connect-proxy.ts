import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of each tunnel that the proxy has opened. */
  readonly opened: readonly string[];
  close(): void;
}

/** An HTTP proxy that opens tunnels by CONNECT. @param answerTo the status for a request; 200 opens the tunnel */
export async function startConnectProxy(
  answerTo: (request: IncomingMessage) => number = () => 200,
): Promise<ConnectProxy> {
  const opened: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => {
    sockets.add(client);
    client.on("error", () => {});
    const status = answerTo(request);
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream: Socket = connect(Number(port || 80), hostname, () => {
      opened.push(String(request.url));
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    opened,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Answers 407 unless the request has this user and password. */
export function asking(user: string, password: string): (request: IncomingMessage) => number {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return ({ headers }) => (headers["proxy-authorization"] === wanted ? 200 : 407);
}
