export { type HostOptions, hostKurrent, type KurrentHost } from "./host.ts";
export type { TlsMaterial } from "./server/listener.ts";
export { type KurrentSettings, kurrentSettings } from "./settings.ts";
export { type KurrentEndpoint, type KurrentOptions, startKurrent } from "./start.ts";
