import type { Server } from "node:http";
import type { ConnectionBound } from "../../net/connection-bound.ts";
import { limitHttpConnections } from "../../net/http-connections.ts";
import type { Listener } from "../../net/listen/listen.ts";
import type { Ports } from "../../net/listen/ports.ts";
import { routeUpgrades } from "../../net/upgrades.ts";
import type { NodePart } from "../parts.ts";

type SharedPort = Exclude<keyof Ports, "dialects">;

export interface ListenersOptions {
  readonly ports: Ports;
  readonly server: () => Server;
  readonly httpBound: ConnectionBound;
  /** Undefined if a port stays closed. */
  readonly open: Readonly<Partial<Record<SharedPort, () => Promise<Listener> | undefined>>>;
  readonly openDialects: () => Promise<readonly (Listener & { readonly dialect: string })[]>;
}

/** Routes WebSocket upgrades, and opens all ports except the HTTP port. Must start last, when the node can serve. */
export function listenersPart({ ports, server, httpBound, open, openDialects }: ListenersOptions): NodePart {
  const listeners: Listener[] = [];
  return {
    name: "listeners",
    async start(node) {
      limitHttpConnections(server(), httpBound);
      routeUpgrades(server(), node.upgrades);
      for (const [port, openListener] of Object.entries(open) as [SharedPort, () => Promise<Listener> | undefined][]) {
        const listener = await openListener();
        if (listener === undefined) continue;
        listeners.push(listener);
        ports[port] = listener.port;
      }
      const own = await openDialects();
      listeners.push(...own);
      ports.dialects = Object.fromEntries(own.map(({ dialect, port: number }) => [dialect, number]));
    },
    // Does not wait for open connections: the HTTP server and the endpoints end these.
    drain() {
      for (const listener of listeners) void listener.close();
    },
  };
}
