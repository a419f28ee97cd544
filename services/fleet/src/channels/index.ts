export type { ChannelMessage, ChannelSecrets } from "@fleetlog/identity";
export { type ChannelDone, deleteChannel, putChannel, unknownChannel } from "./define.ts";
export * from "./deliver.ts";
export { openChannelSecrets } from "./secrets.ts";
export { shownSettings } from "./settings.ts";
