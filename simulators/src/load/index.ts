export { Histogram } from "./histogram.ts";
export { Load, type LoadOptions, type LoadReport } from "./load.ts";
export { LoadDevice, type LoadDeviceOptions } from "./load-device.ts";
export { Ranges } from "./ranges.ts";
export type { Credentials, Target } from "./raw-link.ts";
