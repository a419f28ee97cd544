import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { DEVICE_PATH, FEED_PATH, MQTT_PATH } from "@fleetlog/protocol";
import { refuseUpgrade } from "../rpc/refusal.ts";

/** What speaks another protocol than HTTP once it is connected. */
export const UPGRADE_PATHS: ReadonlySet<string> = new Set([DEVICE_PATH, MQTT_PATH, FEED_PATH]);

/**
 * Whether a request that offers another protocol is taken up on it. Clients that would as well speak HTTP/2 offer that
 * with every request: they are answered as if they had not (RFC 9110, 7.8).
 */
export function shouldUpgrade(request: IncomingMessage): boolean {
  const offered = request.headers.upgrade?.toLowerCase() ?? "";
  return offered.split(",").some((name) => name.trim() === "websocket") || UPGRADE_PATHS.has(pathOf(request));
}

/** Takes over a connection that asks to speak another protocol. */
export interface Upgradable {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface UpgradeTargets {
  readonly websocket: Upgradable;
  readonly mqtt: Upgradable;
  readonly feed: Upgradable;
}

/** Sends each WebSocket upgrade to its endpoint by path alone. @param devicePaths those of the dialects' devices */
export function routeUpgrades(
  server: Server,
  devicePaths: readonly string[],
  { websocket, mqtt, feed }: UpgradeTargets,
): void {
  const targets = new Map<string, Upgradable>([
    ...devicePaths.map((path) => [path, websocket] as const),
    [MQTT_PATH, mqtt],
    [FEED_PATH, feed],
  ]);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = pathOf(request);
    const target = targets.get(path);
    if (target !== undefined) {
      target.upgrade(request, socket, head);
      return;
    }
    socket.on("error", () => socket.destroy());
    const advice = `There are ${[...UPGRADE_PATHS].join(", ")}.`;
    refuseUpgrade(request, socket, new FleetError("not-found", `no WebSocket is at ${path}`, { advice }));
  });
}

export function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}
