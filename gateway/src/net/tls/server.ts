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
import type { ConnectionBound } from "../connection-bound.ts";
import { inspect, type TrustedAuthorities } from "./client-certificate.ts";
import type { TlsMaterial } from "./material.ts";
import type { TlsObserver } from "./observer.ts";

export interface TlsServerOptions {
  readonly logger: Logger;
  readonly boundedLog: BoundedLog;
  readonly observe: TlsObserver;
  readonly customers: TrustedAuthorities["customers"];
  readonly clock: () => number;
  /** Counts connections until their handshake has ended. Those beyond the bound are closed. */
  readonly handshakes: Pick<ConnectionBound, "take">;
  /** Milliseconds. */
  readonly handshakeMs: number;
  /** Protocols for ALPN (RFC 7301); default none. */
  readonly protocols?: string[];
}

/** A TLS server that checks client certificates. */
export interface TlsServer {
  readonly server: Server;
  use(material: TlsMaterial): void;
  endHandshakes(): void;
}

interface Handshake {
  readonly carrier: Socket;
  readonly checkedBy: TlsMaterial;
  readonly release: () => void;
}

export function createTlsServer(material: TlsMaterial, options: TlsServerOptions): TlsServer {
  const { logger, boundedLog, observe, handshakes, handshakeMs, protocols, customers, clock } = options;
  let current = material;
  const server = createServer({
    ...contextOf(material),
    ...(protocols !== undefined && { ALPNProtocols: protocols }),
    ...CLIENT_CERTIFICATES,
    handshakeTimeout: handshakeMs,
    noDelay: true,
  });
  setContext(server, contextOf(material));
  /** Sockets by peer address, because the events `connection` and `secureConnection` have different sockets. */
  const handshaking = new Map<string, Handshake>();

  server.prependListener("connection", (socket: Socket) => {
    const release = handshakes.take(socket, hostOf(peerOf(socket)));
    if (release === undefined) {
      socket.destroy();
      return;
    }
    const peer = addressOf(socket);
    // OpenSSL checks by the authorities of this moment, even if others replace them during the handshake.
    handshaking.set(peer, { carrier: socket, checkedBy: current, release });
    socket.once("close", () => {
      if (handshaking.get(peer)?.carrier === socket) handshaking.delete(peer);
    });
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    const address = addressOf(socket);
    const { carrier, checkedBy = current, release } = handshaking.get(address) ?? {};
    // From here on the endpoint counts the connection, until its log-in.
    release?.();
    const claimed = carrier && claimedPeer(carrier);
    if (claimed !== undefined) claimPeer(socket, claimed);
    handshaking.delete(address);
    const { own, files } = checkedBy;
    inspect(socket, { own, files, customers, clock }, (refused) => {
      observe.certificateRefused(refused.code);
      const peer = peerOf(socket);
      boundedLog.write({
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
      current = next;
    },
    endHandshakes() {
      for (const { carrier } of handshaking.values()) carrier.destroy();
    },
  };
}

/**
 * Node's server ignores `allowPartialTrustChain` (at least up to Node 24), so this sets a private field.
 * @throws Error if this version of Node lacks the field
 */
function setContext(server: Server, options: SecureContextOptions): void {
  if (options.allowPartialTrustChain !== true) return;
  if (!("_sharedCreds" in server)) throw new Error("this version of Node can't trust an intermediate authority alone");
  server._sharedCreds = createSecureContext(options);
}

/** Disables session tickets if OpenSSL checks client certificates, because OpenSSL checks only in a full handshake. */
function contextOf({ context, files }: TlsMaterial): SecureContextOptions {
  return !files.given ? context : { ...context, secureOptions: constants.SSL_OP_NO_TICKET };
}

/** A client certificate is optional, because devices may use a token. Endpoints refuse a wrong one with a reason. */
const CLIENT_CERTIFICATES: TlsOptions = { requestCert: true, rejectUnauthorized: false };
