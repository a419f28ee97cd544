import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { FleetError } from "@fleetlog/domain";
import type { FastifyInstance } from "fastify";
import type { GatewaySettings } from "../settings/index.ts";
import { addressOf } from "./address.ts";
import type { TlsServer } from "./tls/server.ts";

export interface Listener {
  readonly port: number;
  /** Stops accepting connections. The endpoint that accepted the open ones closes them. */
  close(): Promise<void>;
}

/** Accepts raw connections. */
export interface Acceptor {
  accept(socket: Socket, peer: string): void;
}

/** @throws FleetError `conflict` that names the port and its setting, when it is taken */
export async function listenHttp(app: FastifyInstance, { host, httpPort }: GatewaySettings): Promise<number> {
  try {
    await app.listen({ host, port: httpPort });
  } catch (error) {
    throw portTaken(error, httpPort, "FLEETLOG_HTTP_PORT");
  }
  return (app.server.address() as AddressInfo).port;
}

/**
 * HTTP over TLS: hands its connections to the one HTTP server, so that routes, upgrades, limits and closing are the same.
 * Its {@link Listener.close} resolves only when those connections have ended, so close the app meanwhile.
 */
export function listenHttps(
  app: FastifyInstance,
  tls: TlsServer,
  { host, httpsPort }: GatewaySettings,
): Promise<Listener> {
  // Node's documentation: "this event can also be explicitly emitted by users to inject connections into the HTTP server".
  const http: Acceptor = { accept: (socket) => void app.server.emit("connection", socket) };
  return listenTls(tls, http, host, httpsPort, "FLEETLOG_HTTPS_PORT");
}

export function listenMqtt(endpoint: Acceptor, { host, mqttPort }: GatewaySettings): Promise<Listener> {
  return listen(createServer({ noDelay: true }), "connection", endpoint, host, mqttPort, "FLEETLOG_MQTT_PORT");
}

export function listenMqtts(
  endpoint: Acceptor,
  tls: TlsServer,
  { host, mqttsPort }: GatewaySettings,
): Promise<Listener> {
  return listenTls(tls, endpoint, host, mqttsPort, "FLEETLOG_MQTTS_PORT");
}

async function listenTls(
  tls: TlsServer,
  endpoint: Acceptor,
  host: string,
  port: number,
  setting: string,
): Promise<Listener> {
  const listener = await listen(tls.server, "secureConnection", endpoint, host, port, setting);
  return {
    port: listener.port,
    close() {
      const closed = listener.close();
      tls.endHandshakes();
      return closed;
    },
  };
}

function listen(
  server: Server,
  event: "connection" | "secureConnection",
  endpoint: Acceptor,
  host: string,
  port: number,
  setting: string,
): Promise<Listener> {
  server.on(event, (socket: Socket) => endpoint.accept(socket, addressOf(socket)));
  return openPort(server, host, port, setting);
}

/** @throws FleetError `conflict` that names the port and its setting, when it is taken */
export function openPort(server: Server, host: string, port: number, setting: string): Promise<Listener> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(portTaken(error, port, setting)));
    server.listen(port, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => new Promise((closed) => void server.close(() => closed())),
      }),
    );
  });
}

function portTaken(error: unknown, port: number, setting: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return error;
  return new FleetError("conflict", `port ${port} is taken`, {
    field: setting,
    advice: `Stop the program that uses it, or set ${setting} to another port.`,
    cause: error,
  });
}
