import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import { retryAfterMs } from "../../net/retry-after.ts";
import { refuseUpgrade } from "../../net/upgrade-refusal.ts";
import { serverOptions } from "../../net/websocket-options.ts";
import { checkHandshake } from "./handshake.ts";

export interface UpgradeServerOptions<Admitted, Connection> {
  /** Bytes of a message. */
  readonly messageBytes: number;
  readonly logger: Logger;
  /**
   * Resolves with what is known of the client.
   * @param listener see {@link UpgradeServer.upgrade}
   * @throws FleetError that the client is answered with; any other error is a fault of ours
   */
  readonly admit: (request: IncomingMessage, socket: Duplex, listener: string | undefined) => Promise<Admitted>;
  readonly open: (websocket: WebSocket, socket: Duplex, admitted: Admitted) => Connection;
}

/**
 * Takes WebSocket upgrades for an endpoint, and knows which connections are open. A client is admitted, or refused with a
 * problem (RFC 9457), before the handshake is completed.
 */
export class UpgradeServer<Admitted, Connection> {
  readonly #options: UpgradeServerOptions<Admitted, Connection>;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<Connection>();
  #admitting = 0;
  #closing: Promise<void> | undefined;

  constructor(options: UpgradeServerOptions<Admitted, Connection>) {
    this.#options = options;
    this.#server = new WebSocketServer(serverOptions(options.messageBytes));
    // RFC 9110, 6.6.1, for devices whose own clock is wrong.
    this.#server.on("headers", (headers) => headers.push(`Date: ${new Date().toUTCString()}`));
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Clients that are being admitted, this one included. */
  get admitting(): number {
    return this.#admitting;
  }

  /**
   * For an HTTP server's `upgrade` event.
   * @param listener the dialect whose own listener the client connected to; undefined on the ports that all share
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, listener?: string): void {
    const dropped = () => socket.destroy();
    socket.on("error", dropped);
    this.#admitting++;
    this.#admit(request, socket, listener)
      .then((admitted) => {
        if (socket.destroyed) return;
        socket.off("error", dropped);
        this.#server.handleUpgrade(request, socket, head, (websocket) => {
          const connection = this.#options.open(websocket, socket, admitted);
          this.#connections.add(connection);
          websocket.once("close", () => this.#connections.delete(connection));
        });
      })
      .catch((error: unknown) => refuseUpgrade(request, socket, this.#refusal(error)))
      .finally(() => {
        this.#admitting--;
      });
  }

  /** Admits no more clients and closes all connections; resolves when `closeAll` does, for every call alike. */
  close(closeAll: (connections: ReadonlySet<Connection>) => Promise<void>): Promise<void> {
    this.#closing ??= closeAll(this.#connections).then(() => this.#server.close());
    return this.#closing;
  }

  async #admit(request: IncomingMessage, socket: Duplex, listener: string | undefined): Promise<Admitted> {
    checkHandshake(request.method, request.headers);
    this.#mustBeOpen();
    const admitted = await this.#options.admit(request, socket, listener);
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

/** Not now: the answer says when to come back. */
export function busy(why: string): FleetError {
  return new FleetError("unavailable", why, { retryAfterMs: retryAfterMs() });
}
