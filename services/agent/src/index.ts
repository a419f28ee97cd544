export type { CommandMessage, CommandResult } from "@fleetlog/protocol";
export { systemClock } from "@fleetlog/runtime";
export { Agent, type ConnectTo, type ReportOptions } from "./agent.ts";
export type { AgentEvents, AgentStatus } from "./agent-events.ts";
export type { Clock } from "./clock.ts";
export {
  type CommandContext,
  type CommandDefinition,
  CommandFailure,
  type CommandHandler,
  type Progress,
} from "./commands/handler.ts";
export type { ConfigurationHandler, ConfigurationValues } from "./configuration/configuration.ts";
export type { BackoffOptions } from "./connection/backoff.ts";
export { createAgent } from "./create-agent.ts";
export type { Identity } from "./identity/identity.ts";
export { type IdentityFileOptions, identityFile, writeIdentityFile } from "./identity/identity-file.ts";
export { type Trust, trustFile } from "./identity/trust-file.ts";
export type { Limits } from "./limits.ts";
export type { Logger } from "./logger.ts";
export type { AgentOptions } from "./options.ts";
export { IdentityFiles, type ProvisionedIdentity } from "./provisioning/identity.ts";
export { type ProvisionOptions, provision } from "./provisioning/provision.ts";
export {
  type ProvisioningSettings,
  SettingsFile,
  settingsOf as provisioningSettings,
} from "./provisioning/settings.ts";
export {
  SignatureError,
  type SignedMessages,
  signatureVerifier,
  signedMessages,
  type Verifier,
} from "./provisioning/verify.ts";
export type { ReportId } from "./report.ts";
export { type FileStoreOptions, fileStore } from "./store/file-store.ts";
export { memoryStore } from "./store/memory-store.ts";
export type { NewReport, Store, StoredReport, StoreLimits } from "./store/store.ts";
export type { Address } from "./transport/options.ts";
export { transportTo } from "./transport/select.ts";
export type { EndKind, Link, LinkEnd, Outgoing, Transport } from "./transport/transport.ts";
export { ConnectError, Refusal } from "./transport/transport.ts";
