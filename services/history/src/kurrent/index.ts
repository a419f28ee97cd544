export type { TlsMaterial } from "./server/listener.ts";
export { type KurrentEndpoint, type KurrentOptions, startKurrent } from "./start.ts";
