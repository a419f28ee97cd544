export { type HostOptions, hostKurrent } from "./app.ts";
export type { TlsMaterial } from "./server/listener.ts";
export { type KurrentSettings, kurrentSettings } from "./settings.ts";
export { type KurrentEndpoint, type KurrentOptions, startKurrent } from "./start.ts";
