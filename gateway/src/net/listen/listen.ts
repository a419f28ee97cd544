import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { FleetError } from "@fleetlog/domain";
import type { FastifyInstance } from "fastify";
import type { GatewaySettings } from "../../settings/index.ts";
import { peerOf } from "../address.ts";
import { readProxyHeader } from "../proxies/proxy-protocol.ts";
import type { TlsServer } from "../tls/server.ts";

export interface Listener {
  readonly port: number;
  /** Stops accepting connections. The endpoints close those that are open. */
  close(): Promise<void>;
}

export interface HttpsPort {
  readonly port: number;
  readonly setting: string;
}

export interface Acceptor {
  accept(socket: Socket, peer: string): void;
}

/**
 * Maximum number of connections that wait to be accepted. With Node's default of 511, 5,000 devices that reconnected at
 * once needed 15 s and more. Linux also limits the value to net.core.somaxconn.
 */
const BACKLOG = 4_096;

/**
 * Resolves with undefined if the port is off. {@link listenHttps} then passes connections to the server.
 * @throws FleetError `conflict` with the setting as `field` if the port is taken
 */
export async function listenHttp(
  app: FastifyInstance,
  { host, httpPort }: Pick<GatewaySettings, "host" | "httpPort">,
  setting = "FLEETLOG_HTTP_PORT",
): Promise<number | undefined> {
  if (httpPort === "off") {
    // Only after this event, Node's server enforces time limits and can close connections.
    app.server.emit("listening");
    return undefined;
  }
  try {
    await app.listen({ host, port: httpPort, backlog: BACKLOG });
  } catch (error) {
    throw portTaken(error, httpPort, setting);
  }
  return (app.server.address() as AddressInfo).port;
}

/**
 * Passes TLS connections to the HTTP server. {@link Listener.close} resolves when these have ended, so close the app
 * first.
 */
export function listenHttps(
  app: FastifyInstance,
  tls: TlsServer,
  settings: GatewaySettings,
  { port, setting }: HttpsPort = { port: settings.httpsPort, setting: "FLEETLOG_HTTPS_PORT" },
): Promise<Listener> {
  // Node's documentation allows this, "to inject connections into the HTTP server".
  const http: Acceptor = { accept: (socket) => void app.server.emit("connection", socket) };
  return listenTls(tls, http, settings, port, setting);
}

/** Undefined if the port is off. */
export function listenMqtt(endpoint: Acceptor, settings: GatewaySettings): Promise<Listener> | undefined {
  if (settings.mqttPort === "off") return undefined;
  const server = createServer({ noDelay: true });
  onConnection(server, settings, (socket) => endpoint.accept(socket, peerOf(socket)));
  return openPort(server, settings.host, settings.mqttPort, "FLEETLOG_MQTT_PORT");
}

export function listenMqtts(endpoint: Acceptor, tls: TlsServer, settings: GatewaySettings): Promise<Listener> {
  return listenTls(tls, endpoint, settings, settings.mqttsPort, "FLEETLOG_MQTTS_PORT");
}

async function listenTls(
  tls: TlsServer,
  endpoint: Acceptor,
  settings: GatewaySettings,
  port: number,
  setting: string,
): Promise<Listener> {
  tls.server.on("secureConnection", (socket: Socket) => endpoint.accept(socket, peerOf(socket)));
  // A trusted proxy sends its header before the TLS handshake.
  let server: Server = tls.server;
  if (settings.trustedProxies !== undefined) {
    server = createServer({ noDelay: true });
    onConnection(server, settings, (socket) => void tls.server.emit("connection", socket));
  }
  const listener = await openPort(server, settings.host, port, setting);
  return {
    port: listener.port,
    close() {
      const closed = listener.close();
      tls.endHandshakes();
      return closed;
    },
  };
}

/** Calls `accept` for each connection, after the PROXY protocol's header if a trusted proxy has connected. */
function onConnection(
  server: Server,
  { trustedProxies, loginTimeout }: GatewaySettings,
  accept: (socket: Socket) => void,
): void {
  server.on("connection", (socket: Socket) => {
    if (trustedProxies?.trusts(socket.remoteAddress ?? "") !== true) accept(socket);
    else readProxyHeader(socket, loginTimeout, () => accept(socket));
  });
}

/** @throws FleetError `conflict` with the setting as `field` if the port is taken */
export function openPort(server: Server, host: string, port: number, setting: string): Promise<Listener> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(portTaken(error, port, setting)));
    server.listen(port, host, BACKLOG, () =>
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
