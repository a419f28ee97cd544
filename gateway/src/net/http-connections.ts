import type { Server } from "node:http";
import type { Socket } from "node:net";
import { plainAddress } from "@fleetlog/runtime/node";
import type { ConnectionBound } from "./connection-bound.ts";

/** A connection counts until it becomes a WebSocket. */
export function limitHttpConnections(server: Server, bound: ConnectionBound): void {
  const releases = new WeakMap<object, () => void>();
  server.prependListener("connection", (socket: Socket) => {
    const release = bound.take(socket, plainAddress(socket.remoteAddress ?? "unknown"));
    if (release === undefined) socket.destroy();
    else releases.set(socket, release);
  });
  server.on("upgrade", (_request, socket) => {
    releases.get(socket)?.();
    releases.delete(socket);
  });
}
