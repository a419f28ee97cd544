export { findNatsServer, type NatsServer, startNatsServer } from "./nats-server/index.ts";
