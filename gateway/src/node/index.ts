// For tests that put a node together from its parts, with doubles in place of some.
export { LoginMetrics } from "../metrics/connections.ts";
export { endpointContext } from "../net/endpoints-part.ts";
export { commandsPart } from "../sessions/commands-part.ts";
export { sessionsPart } from "../sessions/part.ts";
export { type Core, createCore } from "./core.ts";
export { type NodePart, NodeParts } from "./parts.ts";
