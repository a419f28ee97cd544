import type { GatewayNode } from "../../node/node.ts";
import type { NodePart } from "../../node/parts.ts";
import type { Sessions } from "../sessions.ts";

/**
 * Holds the node's lease. `stop` releases the lease and ends all of the node's sessions with one event.
 * @param address `host:port` of the node; called when HTTP listens
 */
export function leasePart(node: GatewayNode, sessions: Sessions, address: () => string): NodePart {
  return {
    name: "lease",
    start: () => node.start(address()),
    stop: async () => sessions.finish(await node.stop()),
  };
}
