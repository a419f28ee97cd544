export { actionsOf, authorize, isPublic, scopeOf } from "./access/authorize.ts";
export * from "./device-credentials.ts";
export * from "./directory.ts";
export { type OpenedInstallation, openInstallation } from "./installation/open.ts";
export { type KeyedSealer, type SealedPlace, type Sealer, sealerOf } from "./installation/sealer.ts";
export * from "./operator-sessions.ts";
export * from "./operators.ts";
export { ERASED, type Opened, type PersonalFields, personalFields } from "./personal/fields.ts";
export { claimedDevice, newOperatorToken, TOKEN_PREFIX } from "./tokens.ts";
