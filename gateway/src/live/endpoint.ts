import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import type { Operator } from "@fleetlog/identity";
import type { Bus, EventLog } from "@fleetlog/log";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { Endpoint } from "../endpoint.ts";
import { identify, type OperatorDoor, requireSameOrigin, unauthenticated } from "../http/auth.ts";
import { checkHandshake } from "../rpc/handshake.ts";
import { Heartbeat } from "../rpc/heartbeat.ts";
import { refuseUpgrade } from "../rpc/refusal.ts";
import { retryAfterMs } from "../rpc/retry-after.ts";
import { serverOptions } from "../rpc/server-options.ts";
import type { Upgradable } from "../upgrades.ts";
import { FeedConnection, type FeedConnectionContext } from "./connection.ts";
import { Sources } from "./sources.ts";

export interface FeedContext {
  readonly bus: Bus;
  readonly log: Pick<EventLog, "onStatus">;
  readonly door: OperatorDoor;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly limits: {
    /** Browsers at a time. */
    readonly connections: number;
    /** Milliseconds of silence after which a browser is pinged. */
    readonly pingMs: number;
  };
}

/** What changes, for browsers: hints over JSON-RPC. */
export interface Feed extends Endpoint, Upgradable {
  /** The newest sequence that a browser was told of. */
  readonly announced: number;
}

/** A watch of five hundred rows, with room for what JSON puts around them. */
const MESSAGE_BYTES = 128 * 1024;

export function createFeed(context: FeedContext): Feed {
  return new FeedEndpoint(context);
}

class FeedEndpoint implements Feed {
  readonly #context: FeedContext;
  readonly #ofConnections: FeedConnectionContext;
  readonly #sources: Sources;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<FeedConnection>();
  /** Upgrades whose operator is being looked up. */
  #admitting = 0;
  #closing: Promise<void> | undefined;

  constructor(context: FeedContext) {
    this.#context = context;
    const { bus, log, logger, clock, limits } = context;
    this.#sources = new Sources(bus, log);
    this.#ofConnections = { sources: this.#sources, heartbeat: new Heartbeat(limits.pingMs), logger, clock };
    this.#server = new WebSocketServer(serverOptions(MESSAGE_BYTES));
  }

  get connections(): number {
    return this.#connections.size;
  }

  get announced(): number {
    return this.#sources.announced;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const dropped = () => socket.destroy();
    socket.on("error", dropped);
    this.#admitting++;
    this.#admit(request)
      .then((again) => {
        if (socket.destroyed) return;
        socket.off("error", dropped);
        this.#server.handleUpgrade(request, socket, head, (websocket) => this.#accept(websocket, socket, again));
      })
      .catch((error: unknown) => refuseUpgrade(request, socket, this.#refusal(error)))
      .finally(() => {
        this.#admitting--;
      });
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #admit({ method, headers, socket }: IncomingMessage): Promise<() => Promise<Operator | undefined>> {
    const { limits, door } = this.#context;
    checkHandshake(method, headers);
    if (this.#closing !== undefined) throw busy("this node is stopping");
    if (this.#connections.size + this.#admitting > limits.connections) throw busy("too many browsers are connected");
    const identified = await identify(headers, (socket as Socket).remoteAddress ?? "unknown", door);
    if (identified === undefined) throw unauthenticated();
    // A WebSocket may be opened by any page (RFC 6455, 10.2): the cookie alone says nothing of who asked.
    if (identified.by === "cookie") requireSameOrigin(headers);
    if (this.#closing !== undefined) throw busy("this node is stopping");
    return identified.again;
  }

  #accept(websocket: WebSocket, socket: Duplex, again: () => Promise<Operator | undefined>): void {
    const connection = new FeedConnection(this.#ofConnections, websocket, socket, again);
    this.#connections.add(connection);
    websocket.once("close", () => this.#connections.delete(connection));
  }

  async #leave(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.leave()));
    this.#ofConnections.heartbeat.stop();
    this.#sources.stop();
    this.#server.close();
  }

  #refusal(error: unknown): FleetError {
    if (error instanceof FleetError) return error;
    this.#context.logger.error({ err: error }, "an upgrade failed");
    return new FleetError("internal", "the upgrade failed");
  }
}

function busy(why: string): FleetError {
  return new FleetError("unavailable", why, { retryAfterMs: retryAfterMs() });
}
