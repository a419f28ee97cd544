import type { Action, Role } from "@fleetlog/domain";

/** Principals that may do an action. Parts of Fleetlog may do every action. */
export interface Permission {
  readonly roles: readonly Role[];
  /** Whether a device may do the action for itself. */
  readonly device: boolean;
  readonly provisioning?: boolean;
  readonly anyone: boolean;
}

const device: Permission = { roles: [], device: true, anyone: false };
const provisioning: Permission = { roles: [], device: false, provisioning: true, anyone: false };
const read: Permission = { roles: ["viewer", "analyst", "operator", "owner", "admin"], device: false, anyone: false };
const write: Permission = { roles: ["operator", "owner", "admin"], device: false, anyone: false };
const review: Permission = { roles: ["analyst", "owner", "admin"], device: false, anyone: false };
const analyse: Permission = { roles: ["analyst", "operator", "owner", "admin"], device: false, anyone: false };
const own: Permission = { roles: ["owner", "admin"], device: false, anyone: false };
const administer: Permission = { roles: ["admin"], device: false, anyone: false };
const anyone: Permission = { roles: [], device: false, anyone: true };

export const PERMISSIONS: Readonly<Record<Action, Permission>> = {
  "telemetry.report": device,
  "profile.report": device,
  "event.report": device,
  "command.receive": device,
  "command.progress": device,
  "command.answer": device,
  "configuration.receive": device,
  "configuration.report": device,
  "message.send": device,
  "certificate.renew": device,
  "provision.ask": provisioning,
  "provision.progress": provisioning,
  "provision.receive": provisioning,

  "device.read": read,
  "device.register": write,
  "device.change": write,
  "device.retire": write,
  "device.rotate-token": write,
  "device.change-login": write,
  "waiting.read": write,
  "waiting.admit": write,
  "certificate.read": read,
  "certificate.issue": write,
  "certificate.revoke": write,
  "customer-authority.read": own,
  "customer-authority.manage": own,
  "authority.list": administer,
  "authority.change": administer,
  "command.read": read,
  "command.issue": write,
  "command.cancel": write,
  "configuration.set": write,
  "device-type.read": read,
  "device-type.change": write,
  "group.read": read,
  "group.change": write,
  "channel.read": write,
  "channel.change": own,
  "channel.test": own,
  "catalogue.read": write,
  "catalogue.change": own,
  "scan.read": read,
  "scan.start": write,
  "update.read": read,
  "artifact.read": read,
  "artifact.store": write,
  "artifact.delete": write,
  "import.read": write,
  "import.create": write,
  "provision-request.read": read,
  "provision-request.create": write,
  "provision-request.change": write,
  "enrolment-group.read": read,
  "enrolment-group.create": write,
  "enrolment-group.change": write,
  "claim-code.read": read,
  "claim-code.create": write,
  "claim-code.change": write,
  "claim.create": write,
  "system.read": read,
  "session.read": read,
  "device.move": administer,
  "account.read": own,
  "account.manage": administer,
  "audit.read": review,
  "history.read": analyse,
  "person.read": own,
  "person.manage": own,
  "api-key.read": read,
  "api-key.manage": read,
  "session.change": read,

  "session.begin": anyone,
  "session.end": anyone,
  "health.read": anyone,
  "api.describe": anyone,
  "pages.read": anyone,
  "artifact.download": anyone,
  "authority.read": anyone,
};
