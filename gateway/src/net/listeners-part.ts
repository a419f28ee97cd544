import type { Server } from "node:http";
import type { NodePart } from "../node/parts.ts";
import type { ConnectionBound } from "./connection-bound.ts";
import { limitHttpConnections } from "./http-connections.ts";
import type { Listener } from "./listen.ts";
import type { Ports } from "./ports.ts";
import { routeUpgrades } from "./upgrades.ts";

export interface ListenersOptions {
  readonly ports: Ports;
  /** The HTTP server, whose WebSocket upgrades this part routes. */
  readonly server: () => Server;
  /** Limits the connections of the HTTP server. */
  readonly httpBound: ConnectionBound;
  /** Opens a port; returns undefined if it stays closed. */
  readonly open: Readonly<Partial<Record<keyof Ports, () => Promise<Listener> | undefined>>>;
  /** Opens the ports of dialects that have their own listener. */
  readonly openDialects: () => Promise<readonly Listener[]>;
}

/**
 * Accepts devices and browsers: routes HTTP upgrades, and opens all ports except HTTP's. Starts last, when the node can
 * serve them.
 */
export function listenersPart({ ports, server, httpBound, open, openDialects }: ListenersOptions): NodePart {
  const listeners: Listener[] = [];
  return {
    name: "listeners",
    async start(node) {
      limitHttpConnections(server(), httpBound);
      routeUpgrades(server(), node.upgrades);
      for (const [port, openListener] of Object.entries(open) as [keyof Ports, () => Promise<Listener> | undefined][]) {
        const listener = await openListener();
        if (listener === undefined) continue;
        listeners.push(listener);
        ports[port] = listener.port;
      }
      listeners.push(...(await openDialects()));
    },
    // Only stops accepting. Does not wait for open connections: the HTTP server ends the HTTPS connections, and the
    // endpoints end all others.
    drain() {
      for (const listener of listeners) void listener.close();
    },
  };
}
