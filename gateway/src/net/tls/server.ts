import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type SecureContextOptions, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import type { Logger } from "pino";
import { addressOf } from "../address.ts";
import { inspect } from "./client-certificate.ts";
import type { TlsMaterial } from "./material.ts";
import type { TlsObserver } from "./observer.ts";

export interface TlsServerOptions {
  readonly logger: Logger;
  readonly observe: TlsObserver;
  /** Handshakes at once. More are sent away, and come back by their own jitter. */
  readonly handshakes: number;
  /** Milliseconds that a handshake may take. */
  readonly handshakeMs: number;
  /** Protocols offered above TLS (ALPN, RFC 7301); anything goes without. */
  readonly protocols?: string[];
}

/** A server of TLS that knows whose certificate its peers showed. */
export interface TlsServer {
  readonly server: Server;
  /** For connections from now on. */
  use(material: TlsMaterial): void;
  /** Ends handshakes that are under way. */
  endHandshakes(): void;
}

export function createTlsServer(material: TlsMaterial, options: TlsServerOptions): TlsServer {
  const { logger, observe, handshakes, handshakeMs, protocols } = options;
  const server = createServer({
    ...contextOf(material),
    ...(protocols !== undefined && { ALPNProtocols: protocols }),
    ...asking(material),
    handshakeTimeout: handshakeMs,
    noDelay: true,
  });
  /** By peer: of a socket's two objects, below and above TLS, each event knows but one. */
  const handshaking = new Map<string, Socket>();

  server.prependListener("connection", (socket: Socket) => {
    if (handshaking.size >= handshakes) {
      socket.destroy();
      return;
    }
    const peer = addressOf(socket);
    handshaking.set(peer, socket);
    socket.once("close", () => {
      if (handshaking.get(peer) === socket) handshaking.delete(peer);
    });
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    handshaking.delete(addressOf(socket));
    inspect(socket, (refused) => {
      observe.certificateRefused(refused.code);
      logger.info({ peer: addressOf(socket), ...refused }, "a client certificate is refused");
    });
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    logger.debug({ peer: addressOf(socket), code: error.code }, "a TLS handshake failed");
    socket.destroy();
  });

  return {
    server,
    use: (next) => server.setSecureContext(contextOf(next)),
    endHandshakes() {
      for (const socket of handshaking.values()) socket.destroy();
    },
  };
}

/**
 * Where certificates log devices in, no TLS session is resumed: OpenSSL checks a certificate in full handshakes alone, so
 * that a resumed one would still be let in after it expired or was revoked.
 */
function contextOf({ context }: TlsMaterial): SecureContextOptions {
  return context.ca === undefined ? context : { ...context, secureOptions: constants.SSL_OP_NO_TICKET };
}

/** Devices with a token show no certificate, and those that show a wrong one are told why by the protocol they speak. */
function asking({ context }: TlsMaterial): TlsOptions {
  return context.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
}
