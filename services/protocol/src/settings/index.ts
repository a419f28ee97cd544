export { startSettings } from "./checks/index.node.ts";
export { LISTENERS, type Listener } from "./checks/ports.ts";
export { loadSettings } from "./load.node.ts";
export { type NatsOptions, natsOptions, type StreamSettings, streamSettings } from "./nats.node.ts";
export { type Environment, SettingsError } from "./parse.ts";
export { environmentName, type SettingKey, Settings } from "./schema.ts";
export { CONFIGURATION_EXIT_CODE, cannotStart, settingsOrExit } from "./start.node.ts";
export { settingsTable } from "./table.ts";
