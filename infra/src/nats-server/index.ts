export { findNatsServer, findOlder } from "./find/index.ts";
export { canSyncAlways, isAtLeast, type NatsServerProgram, PINNED } from "./find/version.ts";
export { type NatsServer, type NatsServerOptions, startNatsServer } from "./server.ts";
export { LAUNCHER, launcherUsers, NATS_USERS, newPasswords, type Passwords, usersText } from "./users.ts";
export { untilUnresponsive, type WatchPace } from "./watch.ts";
