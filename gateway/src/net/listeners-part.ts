import type { Server } from "node:http";
import type { NodePart } from "../node/parts.ts";
import type { Listener } from "./listen.ts";
import type { Ports } from "./ports.ts";
import { routeUpgrades } from "./upgrades.ts";

export interface ListenersOptions {
  readonly ports: Ports;
  /** Takes WebSocket upgrades from now on. */
  readonly server: () => Server;
  /** Opens a port; undefined where it stays closed. */
  readonly open: Readonly<Partial<Record<keyof Ports, () => Promise<Listener> | undefined>>>;
  /** Opens the ports of dialects that have one of their own. */
  readonly openDialects: () => Promise<readonly Listener[]>;
}

/** Lets devices and browsers in: upgrades of HTTP, and the ports beside HTTP's own. The last part to start. */
export function listenersPart({ ports, server, open, openDialects }: ListenersOptions): NodePart {
  const listeners: Listener[] = [];
  let closed: Promise<unknown> = Promise.resolve();
  return {
    name: "listeners",
    async start(node) {
      routeUpgrades(server(), node.upgrades);
      for (const [port, begin] of Object.entries(open) as [keyof Ports, () => Promise<Listener> | undefined][]) {
        const listener = await begin();
        if (listener === undefined) continue;
        listeners.push(listener);
        ports[port] = listener.port;
      }
      listeners.push(...(await openDialects()));
    },
    // Nobody waits for connections here: those of HTTPS end with the HTTP server, the others with their endpoints.
    drain() {
      closed = Promise.all(listeners.map((listener) => listener.close()));
    },
    // Not awaited before HTTP has stopped: see `drain`.
    stop: () => void closed,
  };
}
