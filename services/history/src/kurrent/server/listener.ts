import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { networkOf } from "@fleetlog/runtime/node";
import { type Server, ServerCredentials } from "@grpc/grpc-js";

const MOST_CONNECTIONS = 500;
/** Maximum number of connections of one address. */
const MOST_OF_ONE = 250;
const HANDSHAKE_MS = 10_000;

export interface TlsMaterial {
  readonly cert: string | Buffer | readonly string[];
  readonly key: string | Buffer | readonly string[];
}

export interface Listener {
  readonly port: number;
  use(material: TlsMaterial): void;
  /** Ends the connection of a peer, as `address:port`. */
  cut(peer: string): void;
  close(): Promise<void>;
}

/** Accepts TLS connections for a gRPC server. It limits them, which the gRPC server can't do. */
export async function listen(
  server: Server,
  options: { readonly host: string; readonly port: number; readonly material: TlsMaterial },
): Promise<Listener> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const tls = createServer({
    ...contextOf(options.material),
    ALPNProtocols: ["h2"],
    handshakeTimeout: HANDSHAKE_MS,
    noDelay: true,
  });
  const sockets = limited(tls);
  tls.on("tlsClientError", (_, socket) => socket.destroy());
  tls.on("secureConnection", (socket: TLSSocket) => {
    socket.on("error", () => socket.destroy());
    if (socket.alpnProtocol === "h2") injector.injectConnection(socket);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    tls.once("error", reject);
    tls.listen({ port: options.port, host: options.host }, () => {
      tls.off("error", reject);
      resolve();
    });
  });
  return {
    port: (tls.address() as AddressInfo).port,
    cut: (peer) => {
      for (const socket of sockets) if (`${socket.remoteAddress}:${socket.remotePort}` === peer) socket.destroy();
    },
    use: (material) => tls.setSecureContext(contextOf(material)),
    async close() {
      const closed = new Promise<void>((resolve) => tls.close(() => resolve()));
      server.forceShutdown();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function contextOf({ cert, key }: TlsMaterial) {
  return { cert: [cert].flat() as string[], key: [key].flat() as string[], minVersion: "TLSv1.2" as const };
}

/** Closes connections beyond the limits before their handshake. */
function limited(server: NetServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  server.prependListener("connection", (socket: Socket) => {
    const network = networkOf(socket.remoteAddress ?? "");
    const count = counts.get(network) ?? 0;
    if (sockets.size >= MOST_CONNECTIONS || count >= MOST_OF_ONE) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    counts.set(network, count + 1);
    socket.once("close", () => {
      sockets.delete(socket);
      const left = (counts.get(network) ?? 1) - 1;
      if (left === 0) counts.delete(network);
      else counts.set(network, left);
    });
  });
  return sockets;
}
