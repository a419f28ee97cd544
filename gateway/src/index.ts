export { type Gateway, type GatewayOptions, startGateway } from "./app.ts";
