import { constants } from "node:crypto";
import type { Socket } from "node:net";
import {
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from "node:tls";
import { shortened } from "@fleetlog/domain";
import type { Logger } from "pino";
import { addressOf, claimedPeer, claimPeer, hostOf, peerOf } from "../address.ts";
import type { BoundedLog } from "../bounded-log.ts";
import { inspect } from "./client-certificate.ts";
import type { TlsMaterial } from "./material.ts";
import type { TlsObserver } from "./observer.ts";

export interface TlsServerOptions {
  readonly logger: Logger;
  readonly lines: BoundedLog;
  readonly observe: TlsObserver;
  readonly clock: () => number;
  /** Concurrent handshakes. Further connections are closed; clients retry with their own jitter. */
  readonly handshakes: number;
  /** Milliseconds that a handshake may take. */
  readonly handshakeMs: number;
  /** Protocols offered by ALPN (RFC 7301); without it, no protocol is negotiated. */
  readonly protocols?: string[];
}

/** A TLS server that checks its peers' client certificates. */
export interface TlsServer {
  readonly server: Server;
  /** Uses other certificates for new connections. */
  use(material: TlsMaterial): void;
  /** Aborts pending handshakes. */
  endHandshakes(): void;
}

export function createTlsServer(material: TlsMaterial, options: TlsServerOptions): TlsServer {
  const { logger, lines, observe, handshakes, handshakeMs, protocols, clock } = options;
  let { own } = material;
  const server = createServer({
    ...contextOf(material),
    ...(protocols !== undefined && { ALPNProtocols: protocols }),
    ...CLIENT_CERTIFICATES,
    handshakeTimeout: handshakeMs,
    noDelay: true,
  });
  setContext(server, contextOf(material));
  /** By peer address, because `connection` and `secureConnection` give different objects for one socket. */
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
    const address = addressOf(socket);
    const carrier = handshaking.get(address);
    const claimed = carrier && claimedPeer(carrier);
    if (claimed !== undefined) claimPeer(socket, claimed);
    handshaking.delete(address);
    inspect(socket, { own, clock }, (refused) => {
      observe.certificateRefused(refused.code);
      const peer = peerOf(socket);
      lines.write({
        level: "info",
        kind: "refused client certificates",
        address: hostOf(peer),
        fields: { peer, ...refused, subject: shortened(refused.subject ?? "") },
        message: "a client certificate is refused",
      });
    });
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    logger.debug({ peer: addressOf(socket), code: error.code }, "a TLS handshake failed");
    socket.destroy();
  });

  return {
    server,
    use(next) {
      server.setSecureContext(contextOf(next));
      setContext(server, contextOf(next));
      own = next.own;
    },
    endHandshakes() {
      for (const socket of handshaking.values()) socket.destroy();
    },
  };
}

/**
 * Node's server ignores `allowPartialTrustChain` (up to Node 24 at least), and has no public way to set a context with
 * it.
 * @throws Error if this version of Node keeps the context elsewhere
 */
function setContext(server: Server, options: SecureContextOptions): void {
  if (options.allowPartialTrustChain !== true) return;
  if (!("_sharedCreds" in server)) throw new Error("this version of Node can't trust an intermediate authority alone");
  server._sharedCreds = createSecureContext(options);
}

/**
 * Disables session tickets where devices log in with certificates of authorities in files: OpenSSL checks a certificate
 * only in a full handshake, so a resumed session would be accepted after its certificate expired or was revoked. Those of
 * the own authority are checked for every connection.
 */
function contextOf({ context, checkedByOpenSsl }: TlsMaterial): SecureContextOptions {
  return !checkedByOpenSsl ? context : { ...context, secureOptions: constants.SSL_OP_NO_TICKET };
}

/**
 * A certificate is optional, because devices may use a token. The device's protocol refuses a wrong certificate later,
 * with a reason.
 */
const CLIENT_CERTIFICATES: TlsOptions = { requestCert: true, rejectUnauthorized: false };
