export { ConnectionLimit } from "./connection-limit.ts";
export { RefusedLogins } from "./refused-logins.ts";
