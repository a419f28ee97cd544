import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

/** Serves a gateway under a path, as nginx and Caddy do. */
export interface PathProxy {
  readonly url: string;
  readonly strays: readonly string[];
  close(): void;
}

export interface PathProxyOptions {
  readonly gatewayPort: number;
  readonly path: string;
  readonly keepsPath: boolean;
}

export async function startPathProxy({ gatewayPort, path, keepsPath }: PathProxyOptions): Promise<PathProxy> {
  const strays: string[] = [];
  const forward = ({ method, headers, url = "/" }: IncomingMessage) => {
    const target = keepsPath ? url : url.slice(path.length - 1);
    return request({ host: "127.0.0.1", port: gatewayPort, method, headers, path: target });
  };
  const isStray = ({ url = "/" }: IncomingMessage) => !url.startsWith(path) && strays.push(url) > 0;
  const server = createServer((incoming, answer) => {
    if (isStray(incoming)) {
      answer.writeHead(404).end();
      return;
    }
    const outgoing = forward(incoming).on("error", () => answer.destroy());
    outgoing.on("response", (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  server.on("upgrade", (incoming, socket) => {
    socket.on("error", () => socket.destroy());
    if (isStray(incoming)) {
      socket.destroy();
      return;
    }
    const outgoing = forward(incoming).on("error", () => socket.destroy());
    outgoing.on("upgrade", ({ rawHeaders }, upstream) => {
      const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? `${name}: ${rawHeaders[i + 1]}` : []));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
      upstream.on("error", () => socket.destroy());
      upstream.pipe(socket).pipe(upstream);
    });
    outgoing.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    strays,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
