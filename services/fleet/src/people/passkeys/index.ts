export { type PasskeyAnswer, signInByPasskey } from "./use.ts";
