import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { DEVICE_PATH, FEED_PATH, MQTT_PATH } from "@fleetlog/protocol";

/** Takes over a connection that asks to speak another protocol. */
export interface Upgradable {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface UpgradeTargets {
  readonly websocket: Upgradable;
  readonly mqtt: Upgradable;
  readonly feed: Upgradable;
}

/**
 * Sends each WebSocket upgrade to its endpoint by path alone. The root is the devices' too: onboarding programs of
 * rpc-websockets are given nothing but a host and a port.
 */
export function routeUpgrades(server: Server, { websocket, mqtt, feed }: UpgradeTargets): void {
  const targets = new Map([
    [DEVICE_PATH, websocket],
    ["/", websocket],
    [MQTT_PATH, mqtt],
    [FEED_PATH, feed],
  ]);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const target = targets.get(path);
    if (target !== undefined) {
      target.upgrade(request, socket, head);
      return;
    }
    socket.on("error", () => socket.destroy());
    socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
}
