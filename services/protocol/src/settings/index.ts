export { loadSettings } from "./load.node.ts";
export { type NatsOptions, natsOptions, type StreamSettings, streamSettings } from "./nats.node.ts";
export { type Environment, SettingsError } from "./parse.ts";
export { environmentName, type SettingKey, Settings } from "./schema.ts";
export { settingsTable } from "./table.ts";
