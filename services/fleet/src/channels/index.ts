export type { ChannelMessage, ChannelVault } from "@fleetlog/identity";
export { type ChannelDone, deleteChannel, putChannel, unknownChannel } from "./define.ts";
export * from "./deliver.ts";
export { shownSettings } from "./settings.ts";
export { openChannelVault } from "./vault.ts";
