export * from "./device-credentials.ts";
export * from "./operators.ts";
export { newToken, TOKEN_PREFIX } from "./tokens.ts";
