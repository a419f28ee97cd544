import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import type { ConnectionBound } from "../../net/connection-bound.ts";
import { limitHttpConnections } from "../../net/http-connections.ts";
import { type Listener, openPort } from "../../net/listen/listen.ts";
import { hostFault } from "../../net/proxies/host.ts";
import { refuseUpgrade } from "../../net/refusing/upgrade-refusal.ts";
import { pathOf } from "../../net/upgrades.ts";
import type { GatewaySettings } from "../../settings/index.ts";
import type { Dialect, WebSocketListener } from "../index.ts";

const REQUEST_MS = 15_000;
const CHECK_EVERY_MS = 5_000;

export interface DeviceUpgrades {
  /** @param listener name of the dialect whose own listener the client connected to */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, listener: string): void;
}

/**
 * @param bound counts connections until they become WebSockets, which the endpoint counts
 * @throws FleetError `conflict` with the setting as `field` if the port is taken
 */
export async function listenForDevices(
  dialects: readonly Dialect[],
  endpoint: DeviceUpgrades,
  settings: GatewaySettings,
  bound: ConnectionBound,
): Promise<readonly (Listener & { readonly dialect: string })[]> {
  const open = dialects.flatMap(({ name, listener }) => {
    if (listener?.protocol !== "websocket") return [];
    const port = listener.port(settings);
    return port === undefined ? [] : [{ name, listener, port }];
  });
  return Promise.all(
    open.map(async ({ name, listener, port }) => ({
      ...(await listen(name, listener, port, settings.host, endpoint, bound)),
      dialect: name,
    })),
  );
}

function listen(
  dialect: string,
  { setting, path }: WebSocketListener,
  port: number,
  host: string,
  endpoint: DeviceUpgrades,
  bound: ConnectionBound,
): Promise<Listener> {
  const server = createServer({
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  });
  limitHttpConnections(server, bound);
  server.on("request", (request: IncomingMessage) => {
    refuseUpgrade(request, request.socket, new FleetError("upgrade-required", "this port accepts only WebSockets"));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const fault = hostFault(request);
    if (fault === undefined && pathOf(request) === path) {
      endpoint.upgrade(request, socket, head, dialect);
      return;
    }
    socket.on("error", () => socket.destroy());
    const error = fault ?? new FleetError("not-found", `this port has a WebSocket only at ${path}`);
    refuseUpgrade(request, socket, error);
  });
  return openPort(server, host, port, setting);
}
