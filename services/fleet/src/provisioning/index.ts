export { acceptProvisioning } from "./accept.ts";
export { configureProvisioned } from "./configure.ts";
export { type CreatedProvisionRequest, type CreateProvisionRequest, createProvisionRequest } from "./create.ts";
export { type CredentialWish, type GivenCredential, giveCredential } from "./credential.ts";
export {
  abandonProvisioning,
  cleanUpProvisioning,
  completeProvisioning,
  finishStop,
  renewActivationKey,
  type SystemEnd,
  stopProvisioning,
  timeOutProvisioning,
} from "./end.ts";
export { loadProvisionRequest, requestInScope } from "./load.ts";
export { logInProvisioning, type PresentedProvisioning } from "./log-in.ts";
export { lostProvisionLogin } from "./lost.ts";
export { reportProvisioning } from "./progress.ts";
export { provisionReply, type ReplyContent } from "./reply.ts";
export { beginProvisioningSession } from "./session.ts";
export { usedByProvisioning } from "./uses.ts";
