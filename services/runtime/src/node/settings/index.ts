export {
  choice,
  duration,
  integer,
  NAME,
  optionalPath,
  optionalPort,
  optionalSecret,
  optionalText,
  type PortOrOff,
  path,
  port,
  portOrOff,
  size,
  text,
} from "./kinds.ts";
export { type Environment, loadSettings, SettingsError, startSettings } from "./load.ts";
export { SETTING_NAMES } from "./names.ts";
export { named, readableByAll, readNamed } from "./path.ts";
export { publicUrlSettings } from "./public-url.ts";
export { environmentName, type Setting } from "./setting.ts";
export {
  addressSettings,
  adminTokenSettings,
  dataFolderSettings,
  dataPathSettings,
  dialectPortSettings,
  hostSettings,
  leaseSettings,
  type ProcessSettings,
  processSettings,
} from "./shared.ts";
export { declarationsOf, partsOf, type SettingsCheck, type SettingsOf, type Slice, slice } from "./slice.ts";
export { CONFIGURATION_EXIT_CODE, cannotStart, settingsOrExit } from "./start.ts";
export { settingsTable } from "./table.ts";
export {
  authorities,
  certificate,
  keyOf,
  needs,
  privateKey,
  revocationLists,
  secret,
  serverCertificateSettings,
  together,
} from "./tls-files.ts";
