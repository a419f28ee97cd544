export { findNatsServer, howToInstall, type NatsServerProgram } from "./find.ts";
export { type NatsServer, type NatsServerOptions, startNatsServer } from "./server.ts";
export { untilUnresponsive, type WatchPace } from "./watch.ts";
