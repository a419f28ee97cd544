export { type App, type AppSettings, createApp } from "./app.ts";
export { Fleet, type FleetOptions } from "./fleet/fleet.ts";
export { OperatorApi } from "./fleet/operator-api.ts";
export { type PlannedDevice, planFleet } from "./fleet/plan.ts";
export { Registration } from "./fleet/registration.ts";
export { TokenFile } from "./fleet/token-file.ts";
export type { DeviceContext, Kind, SimulatedDevice } from "./kind.ts";
export { kinds } from "./kinds/index.ts";
export { EdgebindProgram, type EdgebindProgramOptions, type EdgebindScenario } from "./older/edgebind.ts";
export { KuraDevice, type KuraDeviceOptions, type KuraScenario } from "./older/kura/device.ts";
export { decode as decodeKuraPayload, encode as encodeKuraPayload } from "./older/kura/payload.ts";
export { LibpyiotcloudDevice, type LibpyiotcloudOptions, type LibpyiotcloudScenario } from "./older/libpyiotcloud.ts";
export {
  type LibpyiotcloudAnswer,
  LibpyiotcloudClient,
  type LibpyiotcloudClientOptions,
} from "./older/libpyiotcloud-client.ts";
export { TPEDM_SCENARIOS, TpedmGateway, type TpedmGatewayOptions, type TpedmScenario } from "./older/tpedm.ts";
