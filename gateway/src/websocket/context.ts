import type { EndpointContext } from "../endpoints/context.ts";
import type { Heartbeat } from "../rpc/heartbeat.ts";

export interface ConnectionContext extends EndpointContext {
  readonly heartbeat: Heartbeat;
}

export const OVER_LIMIT = "this node has reached its connection limit";
