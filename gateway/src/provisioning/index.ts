export { ClaimCodes } from "./claims.ts";
export type { PresentedProvisioning, ProvisioningDevice, ProvisioningSource } from "./device.ts";
export { deviceOrProvisioning } from "./log-in.ts";
export { Provisioning } from "./provisioning.ts";
export { enrolmentSource, provisionRequestSource } from "./requests.ts";
export { ProvisioningSession } from "./session.ts";
