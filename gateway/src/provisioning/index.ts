export { ClaimCodes } from "./claims.ts";
export { createProvisioning } from "./create.ts";
export type { ProvisioningDevice, ProvisioningSource } from "./device.ts";
export { deviceOrProvisioning } from "./log-in.ts";
export { Provisioning } from "./provisioning.ts";
export { certificateSource, enrolmentSource, provisionRequestSource } from "./requests.ts";
export { ProvisioningSession } from "./session.ts";
