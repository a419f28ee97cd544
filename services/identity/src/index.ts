export { actionsOf, authorize, isPublic, scopeOf } from "./access/authorize.ts";
export * from "./device-credentials.ts";
export * from "./directory.ts";
export * from "./operator-sessions.ts";
export * from "./operators.ts";
export { claimedDevice, newOperatorToken, TOKEN_PREFIX } from "./tokens.ts";
