export * from "./own.ts";
export { type PasskeyAnswer, signInByPasskey } from "./use.ts";
