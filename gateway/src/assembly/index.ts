// For tests that assemble a node from its parts and replace some of them.

export { endpointContext } from "../endpoints/part.ts";
export { LoginMetrics } from "../metrics/connections.ts";
export { ConnectionBound } from "../net/connection-bound.ts";
export { type Core, createCore } from "../node/core.ts";
export { type NodePart, NodeParts } from "../node/parts.ts";
export { refusalsPart } from "../refusals/part.ts";
export { commandsPart } from "../sessions/parts/commands-part.ts";
export { configurationsPart } from "../sessions/parts/configurations-part.ts";
export { sessionsPart } from "../sessions/parts/sessions-part.ts";
export { WaitingClients } from "../waiting/index.ts";
