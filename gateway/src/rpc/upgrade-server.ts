import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import { faultText, isFrameFault } from "../net/explained-websocket.ts";
import { retryAfterMs } from "../net/refusing/retry-after.ts";
import { refuseUpgrade } from "../net/refusing/upgrade-refusal.ts";
import { polledAgain } from "../net/still-there.ts";
import { serverOptions } from "../net/websocket-options.ts";
import { checkHandshake } from "./handshake.ts";

export interface UpgradeServerOptions<Admitted, Connection> {
  readonly messageBytes: number;
  readonly logger: Logger;
  /**
   * Resolves with the data for `open`.
   * @param listener as in {@link UpgradeServer.upgrade}
   * @throws FleetError to refuse the client
   */
  readonly admit: (request: IncomingMessage, socket: Duplex, listener: string | undefined) => Promise<Admitted>;
  readonly open: (websocket: WebSocket, socket: Duplex, admitted: Admitted) => Connection;
}

/** Opens WebSockets. A client that is refused gets a problem (RFC 9457) instead of the handshake. */
export class UpgradeServer<Admitted, Connection> {
  readonly #options: UpgradeServerOptions<Admitted, Connection>;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<Connection>();
  #admitting = 0;
  #closing: Promise<void> | undefined;

  /** One listener for all connections. */
  readonly #failed = (error: Error): void => {
    if (!isFrameFault(error)) return;
    const { logger, messageBytes } = this.#options;
    logger.debug({ code: error.code }, `closed a WebSocket: ${faultText(error, messageBytes)}`);
  };

  constructor(options: UpgradeServerOptions<Admitted, Connection>) {
    this.#options = options;
    // RFC 6455, 4.2.2: by default `ws` would select the client's first subprotocol, but JSON-RPC has none.
    this.#server = new WebSocketServer({ ...serverOptions(options.messageBytes), handleProtocols: () => false });
    // RFC 9110, 6.6.1: for devices whose clock is wrong.
    this.#server.on("headers", (headers) => headers.push(`Date: ${new Date().toUTCString()}`));
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  get admitting(): number {
    return this.#admitting;
  }

  /** For the event `upgrade`. @param listener dialect of the port; undefined for a port of all dialects */
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

  /** Admits no more clients, and closes all connections. Every call resolves when the first call has resolved. */
  close(closeAll: (connections: ReadonlySet<Connection>) => Promise<void>): Promise<void> {
    this.#closing ??= closeAll(this.#connections).then(() => this.#server.close());
    return this.#closing;
  }

  /** A separate method, because a listener made in `upgrade` would keep the request as long as the connection. */
  #hold(websocket: WebSocket, connection: Connection): void {
    this.#connections.add(connection);
    websocket.on("close", () => this.#connections.delete(connection));
    websocket.on("error", this.#failed);
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

/** Destroys a socket that nobody reads yet, when its peer has closed. Returns a function that ends this. */
function dropWhenEnded(socket: Duplex): () => void {
  const read = () => {
    // The event `end` comes only after a read. `readable` without waiting bytes means that the peer has closed.
    if (socket.readableLength === 0) socket.read();
  };
  const ended = () => socket.destroy();
  socket.on("readable", read).once("end", ended);
  return () => void socket.off("readable", read).off("end", ended);
}

export function busy(why: string): FleetError {
  return new FleetError("unavailable", why, { retryAfterMs: retryAfterMs() });
}
