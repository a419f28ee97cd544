import type { Action } from "@fleetlog/domain";

/** The actions of acts and sign-ins in the audit. Refused calls can have any action. */
export const AUDIT_ACTIONS = [
  "device.register",
  "device.change",
  "device.change-login",
  "device.rotate-token",
  "device.move",
  "device.retire",
  "waiting.admit",
  "certificate.issue",
  "certificate.revoke",
  "customer-authority.manage",
  "authority.change",
  "command.issue",
  "command.cancel",
  "configuration.set",
  "device-type.change",
  "group.change",
  "channel.change",
  "channel.test",
  "catalogue.change",
  "scan.start",
  "artifact.store",
  "artifact.delete",
  "import.create",
  "provision-request.create",
  "provision-request.change",
  "enrolment-group.create",
  "enrolment-group.change",
  "claim-code.create",
  "claim-code.change",
  "claim.create",
  "account.manage",
  "person.manage",
  "api-key.manage",
  "session.begin",
  "session.change",
  "session.end",
] as const satisfies readonly Action[];
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** The action of refused log-ins of devices. */
export const DEVICE_LOGIN = "device.login";
