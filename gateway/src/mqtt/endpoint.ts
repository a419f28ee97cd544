import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { EndpointContext } from "../endpoints/context.ts";
import { hostOf } from "../net/address.ts";
import type { Endpoint } from "../net/endpoint.ts";
import { limitLoginBytes } from "../net/login-bytes.ts";
import { Connection } from "./connection.ts";
import type { MqttContext } from "./context.ts";
import { Flusher } from "./flow/flusher.ts";
import { LogBackpressure } from "./flow/log-backpressure.ts";
import { Sweep } from "./flow/sweep.ts";
import { answerHandOvers } from "./handlers/hand-over.ts";
import { Endings } from "./session/endings.ts";
import { SessionStore } from "./session/store.ts";
import { Wills } from "./session/wills.ts";
import { StreamTransport } from "./transport/stream-transport.ts";
import type { Transport } from "./transport/transport.ts";
import { upgradeToMqtt } from "./transport/upgrade.ts";
import { WebSocketTransport } from "./transport/websocket-transport.ts";

/** The devices' endpoint for MQTT 3.1, 3.1.1 and 5. */
export interface MqttEndpoint extends Endpoint {
  /** @param peer `host:port` */
  accept(stream: Duplex, peer: string): void;
  /** Takes over an HTTP connection for WebSocket with the subprotocol `mqtt` [MQTT 6]. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** How long a stopping node waits for wills and sessions to be stored. */
const SETTLE_MS = 3_000;

export function createMqttEndpoint(context: EndpointContext): MqttEndpoint {
  const { limits, connectionLimit, refusedLogins, log, logger, clock } = context;
  const store = new SessionStore(context.backbone, clock);
  const wills = new Wills(log, context.sessions, logger);
  const endings = new Endings(store, wills, clock, logger);
  const shared: MqttContext = {
    ...context,
    store,
    wills,
    endings,
    flusher: new Flusher(),
    logBackpressure: new LogBackpressure(log),
  };
  const handOvers = answerHandOvers(shared);
  const connections = new Set<Connection>();
  const sweep = new Sweep();
  const websockets = upgradeToMqtt(limits.payloadBytes);
  let onEmpty: (() => void) | undefined;

  function removed(connection: Connection): void {
    connections.delete(connection);
    sweep.delete(connection);
    if (connections.size === 0) onEmpty?.();
  }

  /** Undefined if the stream must be closed without an answer. */
  function admit(peer: string, carrier: Duplex, encrypted: boolean): Connection | undefined {
    if (endings.mode === "stopping") return undefined;
    const counted = connectionLimit.count(carrier, hostOf(peer));
    if (counted === undefined) {
      const why = "too many connections have not logged in";
      if (!carrier.closed) {
        refusedLogins.add({ protocol: "mqtt", login: undefined, address: peer, reason: "unavailable", why });
      }
      return undefined;
    }
    const connection = new Connection(shared, counted, peer, carrier, encrypted, removed);
    connections.add(connection);
    sweep.add(connection);
    return connection;
  }

  return {
    get connections() {
      return connections.size;
    },

    accept(stream, peer) {
      const connection = admit(peer, stream, (stream as Partial<TLSSocket>).encrypted === true);
      if (connection === undefined) stream.destroy();
      else start(connection, new StreamTransport(stream));
    },

    upgrade(request, socket, head) {
      websockets(request, socket, head, (websocket) => {
        const { peer, encrypted } = context.findClient(request);
        const connection = admit(peer, socket, encrypted);
        if (connection === undefined) websocket.terminate();
        else {
          limitLoginBytes(
            websocket,
            socket,
            () => connection.client === undefined,
            () => connection.tooLarge(),
          );
          start(connection, new WebSocketTransport(websocket, socket));
        }
      });
    },

    async close() {
      endings.mode = "stopping";
      const detail = "this node is stopping";
      // No DISCONNECT is sent, so that every client library reconnects; see net/refusing/end-codes.ts.
      for (const connection of connections) connection.close({ reason: "lost", detail });
      if (connections.size > 0) {
        await new Promise<void>((resolve) => {
          onEmpty = resolve;
        });
      }
      await within(SETTLE_MS, Promise.all([endings.whenAllDone(), wills.close()]));
      handOvers.stop();
    },
  };
}

function start(connection: Connection, transport: Transport): void {
  connection.output.transport = transport;
  transport.start(connection);
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
