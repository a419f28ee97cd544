import type { Sessions } from "../sessions/index.ts";
import type { GatewayNode } from "./node.ts";
import type { NodePart } from "./parts.ts";

/**
 * Holds the lease that shows that this node is alive. Stopping releases it and ends all of the node's sessions with one
 * event.
 * @param address where operators and devices reach the node, `host:port`, once HTTP listens
 */
export function leasePart(node: GatewayNode, sessions: Sessions, address: () => string): NodePart {
  return {
    name: "lease",
    start: () => node.start(address()),
    stop: async () => sessions.finish(await node.stop()),
  };
}
