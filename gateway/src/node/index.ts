// For tests that assemble a node from its parts and replace some of them.
export { LoginMetrics } from "../metrics/connections.ts";
export { ConnectionBound } from "../net/connection-bound.ts";
export { endpointContext } from "../net/endpoints-part.ts";
export { refusalsPart } from "../refusals/part.ts";
export { commandsPart } from "../sessions/commands/commands-part.ts";
export { configurationsPart } from "../sessions/configuration/configurations-part.ts";
export { sessionsPart } from "../sessions/part.ts";
export { WaitingClients } from "../waiting/index.ts";
export { type Core, createCore } from "./core.ts";
export { type NodePart, NodeParts } from "./parts.ts";
