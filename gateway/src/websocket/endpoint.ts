import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import { addressOf } from "../net/address.ts";
import type { CountedConnection } from "../net/connection-limit.ts";
import type { Endpoint, EndpointContext } from "../net/endpoint.ts";
import { retryAfterMs } from "../net/retry-after.ts";
import { type ConnectionContext, WebSocketConnection } from "./connection.ts";
import { presentedAtUpgrade, readAuthorization } from "./credentials.ts";
import { type Authenticated, type Origin, refusalOf } from "./login.ts";
import { Heartbeat } from "./rpc/heartbeat.ts";
import { busy, UpgradeServer } from "./rpc/upgrade-server.ts";

/*
 * JSON-RPC 2.0 is dispatched here, on `ws`, and not by the server of rpc-websockets, although clients of that library are
 * supported (tried with 7.11, 9.3 and 10.0). An upgrade handler before that server could keep away `socket_id` in the URL,
 * namespaces for any path, and large messages. It could not mend these, which lie between the socket and the methods, in
 * `_handleRPC` and `_runMethod`:
 *
 * - one frame ends the process: `rpc.on` with params that can't be iterated, or `rpc.off` of an event called
 *   `constructor`, throws in an async listener whose rejection nobody handles;
 * - id 0, "" and null are taken for notifications (`if (!message.id) return`), and errors answer them with id null;
 * - a batch of any length is run, each call after the one before it has ended;
 * - `rpc.login` is a method like others: any number of tries, and while it runs, later calls overtake it;
 * - messages are handled as they come and answered by `send`: there is no point at which a socket could be paused, and
 *   nobody asks how much is buffered for a peer that does not read;
 * - a thrown Error goes out with its own text as `data`;
 * - there is no ping, and `close()` leaves the connections open.
 */

/** Connections that a stopping node closes at a time. */
const CLOSED_AT_ONCE = 1_000;
const CLOSED_EVERY_MS = 25;
/** How long a stopping node waits for the log to acknowledge what a device has sent. */
const ACKNOWLEDGE_MS = 2_000;

const OVER_LIMIT = "this node holds as many devices as it may";

/** The devices' JSON-RPC endpoint. Upgrades are routed by path before; path and query mean nothing here. */
export interface DeviceWebSocket extends Endpoint {
  /**
   * For an HTTP server's `upgrade` event.
   * @param listener the dialect whose own listener the client connected to; undefined on the ports that all share
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, listener?: string): void;
}

export function createDeviceWebSocket(context: EndpointContext): DeviceWebSocket {
  return new DeviceWebSocketEndpoint(context);
}

interface Client {
  readonly origin: Origin;
  /** Undefined: it has to log in by a call. */
  readonly device: Authenticated | undefined;
}

class DeviceWebSocketEndpoint implements DeviceWebSocket {
  readonly #context: ConnectionContext;
  readonly #upgrades: UpgradeServer<Client, WebSocketConnection>;

  constructor(context: EndpointContext) {
    const { limits, logger, connectionLimit } = context;
    const shared: ConnectionContext = { ...context, heartbeat: new Heartbeat(limits.pingMs) };
    this.#context = shared;
    this.#upgrades = new UpgradeServer({
      messageBytes: limits.payloadBytes,
      logger,
      admit: async (request, socket, listener) => {
        const origin: Origin = { address: addressOf(request.socket), listener };
        return { origin, device: await this.#admit(request, origin, connectionLimit.count(socket)) };
      },
      open: (websocket, socket, { origin, device }) => {
        const connection = new WebSocketConnection(shared, websocket, socket, origin);
        if (device !== undefined) connection.authenticated(device);
        return connection;
      },
    });
  }

  get connections(): number {
    return this.#upgrades.connections.size;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, listener?: string): void {
    this.#upgrades.upgrade(request, socket, head, listener);
  }

  close(): Promise<void> {
    return this.#upgrades.close(async (connections) => {
      const closing: Promise<void>[] = [];
      for (const connection of connections) {
        closing.push(connection.closeForRestart(ACKNOWLEDGE_MS));
        // So that not all of them connect to other nodes at once.
        if (closing.length % CLOSED_AT_ONCE === 0) await setTimeout(CLOSED_EVERY_MS);
      }
      await Promise.all(closing);
      this.#context.heartbeat.stop();
    });
  }

  async #admit(
    request: IncomingMessage,
    origin: Origin,
    counted: CountedConnection | undefined,
  ): Promise<Authenticated | undefined> {
    try {
      return await this.#authenticate(request, origin, counted);
    } catch (error) {
      const login = readAuthorization(request.headers.authorization ?? "")?.userName;
      const { address } = origin;
      this.#context.refusedLogins.add({ protocol: "websocket", login, address, ...refusalOf(error) });
      throw error;
    }
  }

  /** Resolves with undefined where nothing names a device: it has to log in by a call. */
  async #authenticate(
    { headers, socket }: IncomingMessage,
    origin: Origin,
    counted: CountedConnection | undefined,
  ): Promise<Authenticated | undefined> {
    const { directory, dialects, sessions, log } = this.#context;
    if (counted === undefined) throw busy(OVER_LIMIT);
    if (log.status !== "ready")
      throw new FleetError("log-unavailable", "the log is unavailable", { retryAfterMs: retryAfterMs() });
    const device = await directory.find({ ...presentedAtUpgrade(headers, socket), ...origin });
    if (device === undefined) {
      // It may log in as any device: over the limit there is no room for it.
      if (counted.overLimit) throw busy(OVER_LIMIT);
      return undefined;
    }
    const proof = await sessions.authenticate(device);
    const dialect = dialects.jsonrpcOf(device);
    // Replacing its own session, a device adds no connection.
    if (counted.overLimit && sessions.get(device.device) === undefined) throw busy(OVER_LIMIT);
    return { device, proof, dialect };
  }
}
