import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import { retryAfterMs } from "../net/retry-after.ts";
import { polledAgain } from "../net/still-there.ts";
import { refuseUpgrade } from "../net/upgrade-refusal.ts";
import { serverOptions } from "../net/websocket-options.ts";
import { checkHandshake } from "./handshake.ts";

export interface UpgradeServerOptions<Admitted, Connection> {
  /** Largest message, bytes. */
  readonly messageBytes: number;
  readonly logger: Logger;
  /**
   * Decides whether a client is admitted. Resolves with the data that `open` gets.
   * @param listener see {@link UpgradeServer.upgrade}
   * @throws FleetError to refuse the client; any other error is answered as an internal error
   */
  readonly admit: (request: IncomingMessage, socket: Duplex, listener: string | undefined) => Promise<Admitted>;
  readonly open: (websocket: WebSocket, socket: Duplex, admitted: Admitted) => Connection;
}

/**
 * Handles WebSocket upgrades for an endpoint, and holds its open connections. Before the handshake is completed, a client
 * is admitted, or refused with a problem document (RFC 9457).
 */
export class UpgradeServer<Admitted, Connection> {
  readonly #options: UpgradeServerOptions<Admitted, Connection>;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<Connection>();
  #admitting = 0;
  #closing: Promise<void> | undefined;

  constructor(options: UpgradeServerOptions<Admitted, Connection>) {
    this.#options = options;
    // RFC 6455, 4.2.2: JSON-RPC has no subprotocol. Without this option, ws selects the first subprotocol that the
    // client offers.
    this.#server = new WebSocketServer({ ...serverOptions(options.messageBytes), handleProtocols: () => false });
    // RFC 9110, 6.6.1: a Date header, for devices whose clock is wrong.
    this.#server.on("headers", (headers) => headers.push(`Date: ${new Date().toUTCString()}`));
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Number of clients that are being admitted, including the client whose `admit` is running. */
  get admitting(): number {
    return this.#admitting;
  }

  /**
   * For an HTTP server's `upgrade` event.
   * @param listener the dialect whose own port the client connected to; undefined on the ports that all dialects share
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, listener?: string): void {
    const dropped = () => socket.destroy();
    socket.on("error", dropped);
    const unwatch = dropWhenEnded(socket);
    this.#admitting++;
    this.#admit(request, socket, listener)
      .finally(unwatch)
      .then((admitted) => {
        if (socket.destroyed) return;
        socket.off("error", dropped);
        this.#server.handleUpgrade(request, socket, head, (websocket) => {
          this.#hold(websocket, this.#options.open(websocket, socket, admitted));
        });
      })
      .catch((error: unknown) => refuseUpgrade(request, socket, this.#refusal(error)))
      .finally(() => {
        this.#admitting--;
      });
  }

  /**
   * Admits no more clients and closes all connections. Every call resolves when the first call has closed all
   * connections.
   */
  close(closeAll: (connections: ReadonlySet<Connection>) => Promise<void>): Promise<void> {
    this.#closing ??= closeAll(this.#connections).then(() => this.#server.close());
    return this.#closing;
  }

  /** A method of its own: a listener that is made in `upgrade` would keep the request for as long as the connection. */
  #hold(websocket: WebSocket, connection: Connection): void {
    this.#connections.add(connection);
    websocket.on("close", () => this.#connections.delete(connection));
  }

  async #admit(request: IncomingMessage, socket: Duplex, listener: string | undefined): Promise<Admitted> {
    checkHandshake(request.method, request.headers);
    this.#mustBeOpen();
    const admitted = await this.#options.admit(request, socket, listener);
    await polledAgain();
    this.#mustBeOpen();
    return admitted;
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw busy("this node is stopping");
  }

  #refusal(error: unknown): FleetError {
    if (error instanceof FleetError) return error;
    this.#options.logger.error({ err: error }, "an upgrade failed");
    return new FleetError("internal", "the upgrade failed");
  }
}

/**
 * Watches a socket that nobody reads yet, and destroys it when the peer has closed. Returns a function that stops
 * watching.
 */
function dropWhenEnded(socket: Duplex): () => void {
  const read = () => {
    // If no bytes wait, the peer has closed; the stream emits `end` only after a read.
    if (socket.readableLength === 0) socket.read();
  };
  const ended = () => socket.destroy();
  socket.on("readable", read).once("end", ended);
  return () => void socket.off("readable", read).off("end", ended);
}

/** Refuses a client for now; the answer says when to retry. */
export function busy(why: string): FleetError {
  return new FleetError("unavailable", why, { retryAfterMs: retryAfterMs() });
}
