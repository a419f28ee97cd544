import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { PresentedIdentity } from "@fleetlog/identity";
import type { EndpointContext } from "../endpoints/context.ts";
import type { CountedConnection } from "../net/connection-limit.ts";
import type { Endpoint } from "../net/endpoint.ts";
import { retryAfterMs } from "../net/refusing/retry-after.ts";
import { certifiedName } from "../net/tls/client-certificate.ts";
import { deviceOrProvisioning } from "../provisioning/index.ts";
import { Heartbeat } from "../rpc/heartbeat.ts";
import { busy, UpgradeServer } from "../rpc/upgrade-server.ts";
import { identify } from "../sessions/index.ts";
import { WebSocketConnection } from "./connection.ts";
import { type ConnectionContext, OVER_LIMIT } from "./context.ts";
import { presentedAtUpgrade, readAuthorization } from "./credentials.ts";
import { type Authenticated, type Origin, refusalOf } from "./login.ts";
import type { LetIn } from "./opening.ts";

/*
 * Clients of rpc-websockets work here (tested with 7.11, 9.3 and 10.0). That library's server is not used, because of
 * faults in `_handleRPC` and `_runMethod`:
 *
 * - one frame ends the process: `rpc.on` with params that can't be iterated, or `rpc.off` of an event `constructor`;
 * - calls with the ids 0, "" and null get no answer, and their errors have the id null;
 * - a batch has no limit, and its calls run one after another;
 * - `rpc.login` has no limit, and later calls overtake it;
 * - the bytes that wait for a slow peer have no limit;
 * - the text of an Error is sent as `data`;
 * - there is no ping, and `close()` leaves connections open.
 */

/** Codes of a client that is no device. */
const NO_DEVICE: ReadonlySet<string> = new Set(["unauthenticated", "forbidden"]);
const CLOSED_AT_ONCE = 1_000;
const CLOSED_EVERY_MS = 25;
/** How long a stopping node waits for the log to acknowledge a device's reports. */
const ACKNOWLEDGE_MS = 2_000;

/** Ignores the path and query of upgrades. */
export interface DeviceWebSocket extends Endpoint {
  /** For the event `upgrade`. @param listener dialect of the port; undefined for a port of all dialects */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, listener?: string): void;
}

export function createDeviceWebSocket(context: EndpointContext): DeviceWebSocket {
  return new DeviceWebSocketEndpoint(context);
}

interface Client {
  readonly origin: Origin;
  readonly counted: CountedConnection | undefined;
  /** Undefined: the client must call `rpc.login`. */
  readonly device: LetIn | undefined;
  /** Set if a person must let the client in. Call it to give back the client's place among the waiting clients. */
  readonly waits?: () => void;
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
        const { peer, encrypted } = context.findClient(request);
        const origin: Origin = { address: peer, listener, encrypted };
        const counted = connectionLimit.count(socket, context.findClient(request).address);
        if (context.waiting.listens(listener))
          return { origin, counted, ...(await this.#known(request, origin, counted)) };
        return { origin, counted, device: await this.#admit(request, origin, counted) };
      },
      open: (websocket, socket, { origin, counted, device, waits }) => {
        const connection = new WebSocketConnection(shared, websocket, socket, origin, counted);
        if (device !== undefined) connection.letIn(device);
        else if (waits !== undefined) connection.wait(waits);
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
        // The loop pauses, so that devices do not all reconnect at the same time.
        if (closing.length % CLOSED_AT_ONCE === 0) await setTimeout(CLOSED_EVERY_MS);
      }
      await Promise.all(closing);
      this.#context.heartbeat.stop();
    });
  }

  /**
   * On a listener whose clients wait, an unknown client is not refused.
   * @throws FleetError `unavailable`, `rate-limited`
   */
  async #known(
    request: IncomingMessage,
    origin: Origin,
    counted: CountedConnection | undefined,
  ): Promise<Pick<Client, "device" | "waits">> {
    const { waiting } = this.#context;
    waiting.countAttempt(origin);
    const device = await this.#logIn(origin, this.#ready(counted)).catch((error: unknown) => {
      if (error instanceof FleetError && NO_DEVICE.has(error.code)) return undefined;
      throw error;
    });
    if (device !== undefined && (await waiting.mayTakeOver(device.device, origin))) return { device };
    return { device: undefined, waits: waiting.reserve(request.socket, origin) };
  }

  async #admit(
    request: IncomingMessage,
    origin: Origin,
    counted: CountedConnection | undefined,
  ): Promise<LetIn | undefined> {
    try {
      return await this.#authenticate(request, origin, counted);
    } catch (error) {
      const given = readAuthorization(request.headers.authorization ?? "")?.userName;
      const login = given ?? certifiedName(request.socket);
      const { address } = origin;
      this.#context.refusedLogins.add({ protocol: "websocket", login, address, ...refusalOf(error) });
      throw error;
    }
  }

  /** Undefined if the upgrade names no device: the client must call `rpc.login`. */
  async #authenticate(
    { headers, socket }: IncomingMessage,
    origin: Origin,
    counted: CountedConnection | undefined,
  ): Promise<LetIn | undefined> {
    const { provisioning } = this.#context;
    const ready = this.#ready(counted);
    const presented = { ...presentedAtUpgrade(headers, socket), ...origin };
    const logIn = () => this.#logIn(presented, ready);
    // Over the limit there is no place for a provisioning device.
    if (ready.overLimit) return logIn();
    const { userName, password, certificate, encrypted, address } = presented;
    const shown = { clientId: undefined, userName, password, certificate, encrypted, address } as const;
    return deviceOrProvisioning(provisioning, { ...shown, protocol: "websocket" }, logIn);
  }

  /** @throws FleetError `unavailable`, `log-unavailable` */
  #ready(counted: CountedConnection | undefined): CountedConnection {
    if (counted === undefined) throw busy("too many connections have not logged in");
    if (this.#context.log.status === "ready") return counted;
    throw new FleetError("log-unavailable", "the log is unavailable", { retryAfterMs: retryAfterMs() });
  }

  async #logIn(presented: PresentedIdentity, counted: CountedConnection): Promise<Authenticated | undefined> {
    const { dialects, sessions } = this.#context;
    const identified = await identify(this.#context, presented);
    if (identified === undefined) {
      // Over the limit, a device may only replace its own session, and this client is unknown.
      if (counted.overLimit) throw busy(OVER_LIMIT);
      return undefined;
    }
    const { device, proof } = identified;
    const dialect = dialects.jsonrpcOf(device);
    if (this.#context.waiting.listens(presented.listener)) return { device, proof, dialect };
    // Over the limit, a device may still replace its own session.
    if (!counted.enter(sessions.get(device.device) !== undefined)) throw busy(OVER_LIMIT);
    return { device, proof, dialect };
  }
}
