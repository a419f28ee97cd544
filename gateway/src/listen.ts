import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { FleetError } from "@fleetlog/domain";
import type { Settings } from "@fleetlog/protocol/settings";
import type { FastifyInstance } from "fastify";

export interface Listener {
  readonly port: number;
  /** Takes no new connections; those there are belong to whoever accepted them. */
  close(): Promise<void>;
}

/** Takes over raw connections. */
export interface Acceptor {
  accept(socket: Socket, peer: string): void;
}

/** @throws FleetError `conflict` that names the port and its setting, when it is taken */
export async function listenHttp(app: FastifyInstance, { host, httpPort }: Settings): Promise<number> {
  try {
    await app.listen({ host, port: httpPort });
  } catch (error) {
    throw taken(error, httpPort, "FLEETLOG_HTTP_PORT");
  }
  return (app.server.address() as AddressInfo).port;
}

export function listenMqtt(endpoint: Acceptor, { host, mqttPort }: Settings): Promise<Listener> {
  return listen(createServer({ noDelay: true }), "connection", endpoint, host, mqttPort, "FLEETLOG_MQTT_PORT");
}

/** Undefined without a certificate. */
export async function listenMqtts(endpoint: Acceptor, settings: Settings): Promise<Listener | undefined> {
  const { host, mqttsPort, tlsCert, tlsKey } = settings;
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new FleetError("invalid-request", "FLEETLOG_TLS_CERT and FLEETLOG_TLS_KEY are given together or not at all");
  }
  const [cert, key] = await Promise.all([readFile(tlsCert), readFile(tlsKey)]);
  const server = createTlsServer({ cert, key, minVersion: "TLSv1.2", noDelay: true });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return listen(server, "secureConnection", endpoint, host, mqttsPort, "FLEETLOG_MQTTS_PORT");
}

function listen(
  server: Server,
  event: "connection" | "secureConnection",
  endpoint: Acceptor,
  host: string,
  port: number,
  setting: string,
): Promise<Listener> {
  server.on(event, (socket: Socket) =>
    endpoint.accept(socket, `${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`),
  );
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(taken(error, port, setting)));
    server.listen(port, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => new Promise((closed) => void server.close(() => closed())),
      }),
    );
  });
}

function taken(error: unknown, port: number, setting: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return error;
  return new FleetError("conflict", `port ${port} is taken`, {
    field: setting,
    advice: `Stop the program that has it, or set ${setting} to another port.`,
    cause: error,
  });
}
