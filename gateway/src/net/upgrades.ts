import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { refuseUpgrade } from "../rpc/refusal.ts";

/** Takes over a connection that asks to speak another protocol. */
export interface Upgradable {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Of the paths that take upgrades, those where there is nothing else: the root is a page, too. */
export function upgradeOnly(paths: Iterable<string>): ReadonlySet<string> {
  return new Set([...paths].filter((path) => path !== "/"));
}

/**
 * Whether a request that offers another protocol is taken up on it. Clients that would as well speak HTTP/2 offer that
 * with every request: they are answered as if they had not (RFC 9110, 7.8).
 * @param paths where there is nothing but upgrades
 */
export function shouldUpgrade(request: IncomingMessage, paths: ReadonlySet<string>): boolean {
  const offered = request.headers.upgrade?.toLowerCase() ?? "";
  return offered.split(",").some((name) => name.trim() === "websocket") || paths.has(pathOf(request));
}

/** Sends each WebSocket upgrade to its endpoint by path alone. */
export function routeUpgrades(server: Server, targets: ReadonlyMap<string, Upgradable>): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = pathOf(request);
    const target = targets.get(path);
    if (target !== undefined) {
      target.upgrade(request, socket, head);
      return;
    }
    socket.on("error", () => socket.destroy());
    const advice = `There are ${[...upgradeOnly(targets.keys())].join(", ")}.`;
    refuseUpgrade(request, socket, new FleetError("not-found", `no WebSocket is at ${path}`, { advice }));
  });
}

export function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}
